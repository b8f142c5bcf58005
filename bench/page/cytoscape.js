import cytoscape from "cytoscape";

window.draw = (graph, container) => {
  const elements = [
    ...graph.nodes.map(({ id, x, y, label }) => ({ data: { id, label }, position: { x, y } })),
    ...graph.edges.map(([source, target]) => ({ data: { source, target } })),
  ];
  cytoscape({ container, elements, layout: { name: "preset" }, style: [{ selector: "node", style: { label: "data(label)", "font-size": 10, "min-zoomed-font-size": 7 } }] });
};
