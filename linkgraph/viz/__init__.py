"""Pictures of a graph: the page's model, its layout and its HTML; pyvis for notebooks. Knows no engine of a store."""
