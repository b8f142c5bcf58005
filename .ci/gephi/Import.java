import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.google.gson.GsonBuilder;
import org.gephi.graph.api.types.TimeSet;
import org.gephi.io.importer.api.ColumnDraft;
import org.gephi.io.importer.api.Container;
import org.gephi.io.importer.api.ContainerUnloader;
import org.gephi.io.importer.api.EdgeDraft;
import org.gephi.io.importer.api.ElementDraft;
import org.gephi.io.importer.api.ImportController;
import org.gephi.io.importer.api.Issue;
import org.gephi.io.importer.api.NodeDraft;
import org.openide.util.Lookup;

/** Opens a file as Gephi does and prints what Gephi found in it as JSON. Arguments: suffix (".gexf"), path. */
public final class Import {
    public static void main(String[] arguments) throws Exception {
        ImportController controller = Lookup.getDefault().lookup(ImportController.class);
        Container container;
        try (InputStreamReader reader =
                new InputStreamReader(new FileInputStream(arguments[1]), StandardCharsets.UTF_8)) {
            container = controller.importFile(reader, controller.getFileImporter(arguments[0]));
        }
        Map<String, Object> found = new TreeMap<>();
        found.put("whole", container.verify());
        List<String> issues = new ArrayList<>();
        container.getReport().getIssues(1000).forEachRemaining(one -> issues.add(((Issue) one).getMessage()));
        found.put("issues", issues);
        container.closeLoader();
        ContainerUnloader graph = container.getUnloader();
        found.put("timeFormat", String.valueOf(graph.getTimeFormat()));
        found.put("timeZone", String.valueOf(graph.getTimeZone()));
        found.put("timeRepresentation", String.valueOf(graph.getTimeRepresentation()));
        found.put("parallel", container.isMultiGraph());
        Map<String, Object> nodes = new TreeMap<>();
        for (NodeDraft node : graph.getNodes()) {
            nodes.put(node.getId(), facts(node));
        }
        found.put("nodes", nodes);
        Map<String, Object> edges = new TreeMap<>();
        for (EdgeDraft edge : graph.getEdges()) {
            Map<String, Object> facts = facts(edge);
            facts.put("source", edge.getSource().getId());
            facts.put("target", edge.getTarget().getId());
            facts.put("weight", edge.getWeight());
            facts.put("type", String.valueOf(edge.getType()));
            facts.put("direction", String.valueOf(edge.getDirection()));
            edges.put(edge.getId(), facts);
        }
        found.put("edges", edges);
        try (Writer writer = new OutputStreamWriter(System.out, StandardCharsets.UTF_8)) {
            new GsonBuilder().disableHtmlEscaping().create().toJson(found, writer);
        }
    }

    private static Map<String, Object> facts(ElementDraft element) {
        Map<String, Object> facts = new TreeMap<>();
        for (ColumnDraft column : element.getColumns()) {
            Object value = element.getValue(column.getId());
            if (value != null && !(value instanceof TimeSet)) {
                facts.put(column.getTitle(), value);
            }
        }
        facts.put("label", element.getLabel());
        TimeSet times = element.getTimeSet();
        if (times != null) {
            facts.put("times", new double[] {times.getMinDouble(), times.getMaxDouble()});
        }
        return facts;
    }
}
