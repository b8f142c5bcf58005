import { DataSet } from "vis-data/peer/esm/vis-data.mjs";
import { Network } from "vis-network/peer/esm/vis-network.mjs";

window.draw = (graph, container) => {
  const nodes = new DataSet(graph.nodes.map(({ id, x, y, label }) => ({ id, x, y, label, shape: "dot", size: 6 })));
  const edges = new DataSet(graph.edges.map(([from, to], id) => ({ id, from, to })));
  new Network(container, { nodes, edges }, { physics: false });
};
