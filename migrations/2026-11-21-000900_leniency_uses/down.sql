DROP TABLE leniency_uses;
