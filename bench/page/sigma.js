import Graph from "graphology";
import Sigma from "sigma";

window.draw = (graph, container) => {
  const made = new Graph({ multi: true });
  for (const { id, x, y, label } of graph.nodes) made.addNode(id, { x, y, label, size: 3 });
  for (const [source, target] of graph.edges) made.addEdge(source, target);
  new Sigma(made, container);
};
