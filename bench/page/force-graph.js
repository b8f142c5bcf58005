import ForceGraph from "force-graph";

window.draw = (graph, container) => {
  const nodes = graph.nodes.map(({ id, x, y, label }) => ({ id, fx: x, fy: y, x, y, name: label }));
  const links = graph.edges.map(([source, target]) => ({ source, target }));
  new ForceGraph(container).graphData({ nodes, links }).cooldownTicks(0);
};
