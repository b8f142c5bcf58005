import ForceGraph from "force-graph";

window.draw = (graph, container) => {
  const nodes = graph.nodes.map(({ id, x, y, label }) => ({ id, fx: x, fy: y, x, y, name: label }));
  const links = graph.edges.map(([source, target]) => ({ source, target }));
  const drawing = new ForceGraph(container).nodeRelSize(12).cooldownTicks(0).graphData({ nodes, links });
  // By itself it begins with the middle; the others begin with everything.
  drawing.zoomToFit(0, 20);
};
