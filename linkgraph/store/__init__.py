"""Where the graph is kept: in the case folder, or on a Neo4j server."""
