using MaskGen.ML.OnnxGraph;
using MaskGen.ML.OnnxGraph.Protobuf;

namespace MaskGen.ML.Tests.OnnxGraph;

public class GraphBuilderTests
{
    [Fact]
    public void Parameter_AskedForTwice_IsOneInitializer()
    {
        var graph = new GraphBuilder("test");

        var first = graph.Parameter("weight", 2, 3);
        var second = graph.Parameter("weight", 2, 3);
        var model = graph.Build();

        Assert.Equal(first, second);
        Assert.Equal([2, 3], Assert.Single(model.Initializers).Shape);
        Assert.Equal("weight", Assert.Single(model.Parameters).Key);
    }

    [Fact]
    public void Parameter_InTheModel_IsMarkedExternalAndHasNoData()
    {
        var graph = new GraphBuilder("test");
        graph.Parameter("weight", 4);

        var tensor = Assert.Single(graph.Build().Proto.Graph.Initializer);

        Assert.Equal(TensorProto.Types.DataLocation.External, tensor.DataLocation);
        Assert.False(tensor.HasRawData);
    }

    [Fact]
    public void Derived_Values_AreComputedFromItsSources()
    {
        var graph = new GraphBuilder("test");
        graph.Derived(
            "sum", [2], [new GraphParameter("a", [2]), new GraphParameter("b", [2])], values => [values[0].Span[0] + values[1].Span[0], 5]);

        var initializer = Assert.Single(graph.Build().Initializers);

        Assert.Equal([4f, 5f], initializer.Values(name => name == "a" ? new float[] { 1, 0 } : new float[] { 3, 0 }).ToArray());
    }

    [Fact]
    public void Build_WithAttention_ImportsOnnxRuntimesDomain()
    {
        var graph = new GraphBuilder("test");
        var x = graph.Input("x", 1, 4, 8);
        graph.Output(graph.MultiHeadAttention(x, x, x, heads: 2), "y", 1, 4, 8);

        var proto = graph.Build().Proto;

        Assert.Equal(["", "com.microsoft"], proto.OpsetImport.Select(opset => opset.Domain));
    }

    [Fact]
    public void Input_NamedDimension_IsLeftOpen()
    {
        var graph = new GraphBuilder("test");
        graph.Input("x", "batch", 3);

        var shape = Assert.Single(graph.Build().Proto.Graph.Input).Type.TensorType.Shape;

        Assert.Equal("batch", shape.Dim[0].DimParam);
        Assert.Equal(3, shape.Dim[1].DimValue);
    }
}
