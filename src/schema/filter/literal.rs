//! The right-hand side of a comparison, as the attribute's type wants it. Text is folded here, once, the way stored text
//! was folded; the address of a resource of ours gets all its spellings.

use serde_json::Value;

use crate::{
    model::{
        filter::{Field, Kind, Literal, Operator},
        fold::fold,
    },
    schema::{
        address::Known,
        definition::{Attribute, Type},
        instant,
        leniency::{Leniency, Stance},
        refusal::{Refusal, shown, type_name},
    },
};

/// What a literal is compared with.
pub(super) struct Comparison<'c> {
    pub(super) field: &'c Field,
    pub(super) attribute: &'c Attribute,
    pub(super) operator: Operator,
    pub(super) addresses: Known<'c>,
}

impl Comparison<'_> {
    /// The literal as the field's kind wants it, or what it is instead.
    pub(super) fn literal(&self, literal: &Value, stance: &mut Stance) -> Result<Literal, String> {
        let wrong = || format!("{} {}", type_name(literal), shown(literal));
        let mut forgive = |leniency| stance.tolerate(leniency, || Refusal::filter("")).map_err(|_| wrong());
        match (self.field.kind, literal) {
            (Kind::Text | Kind::Binary, Value::String(text)) => self.text(text),
            (Kind::Text, Value::Number(_) | Value::Bool(_)) => {
                forgive(Leniency::ScalarForString)?;
                self.text(&literal.to_string())
            }
            (Kind::Boolean, Value::Bool(flag)) => Ok(Literal::Boolean(*flag)),
            (Kind::Boolean, Value::String(text)) => {
                let flag = text.to_ascii_lowercase().parse().map_err(|_| wrong())?;
                forgive(Leniency::BooleanAsString)?;
                Ok(Literal::Boolean(flag))
            }
            (Kind::Number, Value::Number(number)) => Ok(Literal::Number(number.clone())),
            (Kind::Number, Value::String(text)) => {
                let number = serde_json::from_str(text).map_err(|_| wrong())?;
                forgive(Leniency::NumberAsString)?;
                Ok(Literal::Number(number))
            }
            (Kind::Instant, Value::String(text)) => instant::parse(text).map(Literal::Instant).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// No stored value has U+0000, and Postgres cannot even be asked for it.
    fn text(&self, text: &str) -> Result<Literal, String> {
        if text.contains('\0') {
            return Err("text with the character U+0000, which no value has".to_owned());
        }
        let exact = self.field.case_exact || self.field.kind == Kind::Binary;
        let folded = |text: &str| if exact { text.to_owned() } else { fold(text) };
        let equality = matches!(self.operator, Operator::Eq | Operator::Ne);
        let address = self.attribute.kind == Type::Reference && equality;
        let spellings = if address { (self.addresses)().spellings(text) } else { None };
        match spellings {
            Some(spellings) => Ok(Literal::Address(spellings.iter().map(|spelling| folded(spelling)).collect())),
            None => Ok(Literal::Text(folded(text))),
        }
    }
}
