//! In which order the operations of a Bulk run. It follows the request, except that an operation waits for what it refers
//! to: who refers to nothing further down keeps its place. Two operations on the same resource never overtake each other.
//! It is a pure function of who refers to whom: it knows nothing of resources, and a ring always ends in a plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An operation, as far as order is concerned.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// The bulkId of what it creates.
    pub(super) creates: Option<String>,
    /// The bulkIds in its data. Those that nothing creates are no matter of order.
    pub(super) references: Vec<String>,
    /// The bulkId of the resource it changes.
    pub(super) changes: Option<String>,
    /// The resource it changes, in one spelling.
    pub(super) target: Option<String>,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Run an operation, without its references to what these operations create.
    Run { operation: usize, without: Vec<usize> },
    /// Give what an operation created the references it was created without.
    Complete(usize),
}

/// What an operation waits for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    /// That it has run.
    Run,
    /// That its references are complete as well.
    Complete,
}

/// Every operation once, and a completion for each that ran without something.
pub(super) fn plan(nodes: &[Node]) -> Vec<Step> {
    let waits = waits(nodes);
    // The first pass finds out where rings are to be broken, but only after all else has run; the second one, which
    // knows it from the start, leaves those who break them in their places.
    let mut broken = vec![BTreeSet::new(); nodes.len()];
    for step in Planner::new(&waits, &broken).steps() {
        if let Step::Run { operation, without } = step {
            broken[operation] = without.into_iter().collect();
        }
    }
    Planner::new(&waits, &broken).steps()
}

#[derive(Debug, Default)]
struct Planner {
    /// What each operation still waits for.
    open: Vec<BTreeSet<usize>>,
    /// Who waits for each operation.
    waiting: Vec<Vec<(usize, Until)>>,
    /// What each operation ran without.
    owed: Vec<BTreeSet<usize>>,
    /// Who ran without each operation.
    owing: Vec<Vec<usize>>,
    left: BTreeSet<usize>,
    ready: BTreeSet<usize>,
    steps: Vec<Step>,
}

impl Planner {
    fn new(waits: &[BTreeMap<usize, Until>], broken: &[BTreeSet<usize>]) -> Self {
        let count = waits.len();
        let mut planner = Self {
            open: vec![BTreeSet::new(); count],
            waiting: vec![Vec::new(); count],
            owed: broken.to_vec(),
            owing: vec![Vec::new(); count],
            left: (0..count).collect(),
            ..Self::default()
        };
        for (operation, waits) in waits.iter().enumerate() {
            for (other, until) in waits.iter().filter(|(other, _)| !broken[operation].contains(other)) {
                planner.waiting[*other].push((operation, *until));
                planner.open[operation].insert(*other);
            }
            broken[operation].iter().for_each(|other| planner.owing[*other].push(operation));
            if planner.open[operation].is_empty() {
                planner.ready.insert(operation);
            }
        }
        planner
    }

    fn steps(mut self) -> Vec<Step> {
        while let Some(next) = self.next() {
            self.run(next);
        }
        self.steps
    }

    fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().or_else(|| self.first_of_a_ring())
    }

    /// When nothing is ready, everything waits for something that waits in turn: following that leads into a ring.
    fn first_of_a_ring(&self) -> Option<usize> {
        let step = |at: usize| self.open[at].first().or_else(|| self.owed[at].first()).copied();
        let mut seen = BTreeSet::new();
        let mut at = *self.left.first()?;
        while seen.insert(at) {
            at = step(at)?;
        }
        let (entry, mut ring) = (at, BTreeSet::from([at]));
        while let Some(next) = step(at).filter(|next| *next != entry) {
            ring.insert(next);
            at = next;
        }
        ring.into_iter().find(|operation| self.left.contains(operation))
    }

    fn run(&mut self, operation: usize) {
        self.left.remove(&operation);
        for absent in std::mem::take(&mut self.open[operation]) {
            self.owing[absent].push(operation);
            self.owed[operation].insert(absent);
        }
        self.steps.push(Step::Run { operation, without: self.owed[operation].iter().copied().collect() });
        self.release(operation, Until::Run);
        if self.owed[operation].is_empty() {
            self.release(operation, Until::Complete);
        }
        for creditor in std::mem::take(&mut self.owing[operation]) {
            self.owed[creditor].remove(&operation);
            // One that is still to run will find everything there.
            if self.owed[creditor].is_empty() && !self.left.contains(&creditor) {
                self.steps.push(Step::Complete(creditor));
                self.release(creditor, Until::Complete);
            }
        }
    }

    fn release(&mut self, operation: usize, reached: Until) {
        let waiting = std::mem::take(&mut self.waiting[operation]);
        let (released, still): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, until)| *until == reached);
        self.waiting[operation] = still;
        for (waiter, _) in released {
            self.open[waiter].remove(&operation);
            if self.open[waiter].is_empty() && self.left.contains(&waiter) {
                self.ready.insert(waiter);
            }
        }
    }
}

/// For each operation, which others it waits for, and until when.
fn waits(nodes: &[Node]) -> Vec<BTreeMap<usize, Until>> {
    let creators: HashMap<&str, usize> =
        nodes.iter().enumerate().filter_map(|(at, node)| Some((node.creates.as_deref()?, at))).collect();
    let mut last: HashMap<&str, usize> = HashMap::new();
    let mut all = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let mut waits = BTreeMap::new();
        waits.extend(node.references.iter().filter_map(|name| Some((*creators.get(name.as_str())?, Until::Run))));
        waits.extend(node.changes.iter().filter_map(|name| Some((*creators.get(name.as_str())?, Until::Complete))));
        waits.extend(node.target.as_deref().and_then(|target| Some((last.insert(target, at)?, Until::Complete))));
        all.push(waits);
    }
    all
}
