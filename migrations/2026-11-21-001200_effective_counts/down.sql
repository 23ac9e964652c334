DROP TABLE effective_counts;
