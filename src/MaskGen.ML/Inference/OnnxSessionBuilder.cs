using System.Runtime.InteropServices;
using Google.Protobuf;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.OnnxGraph.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Builds an ONNX Runtime session from one of our graphs and a checkpoint, with the weights in memory once.</summary>
/// <remarks>
/// A session that is created in one step keeps its weights until it is ready, beside those that it packs for its kernels. So it is done
/// in two, with the model editor API: the model is read with its large weights declared as inputs; then these become initializers that
/// <see cref="LentWeights"/> gets back one by one, each as soon as it is packed.
/// </remarks>
internal static unsafe class OnnxSessionBuilder
{
    // Below this the weights go into the model, which is copied: to lend them would save less than it costs.
    private const int LeastLent = (1 << 16) / sizeof(float);

    /// <returns>The C API's OrtSession; the checkpoint is not needed any more.</returns>
    /// <exception cref="CheckpointFormatException">A tensor is missing, or the file has changed since it was opened.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime failed.</exception>
    public static nint Build(GraphModel graph, ICheckpoint checkpoint, SessionOptions options)
    {
        var model = graph.Proto.Clone();
        var inputs = model.Graph.Input.ToList();
        var lent = Embed(model.Graph, graph.Initializers, checkpoint);
        var session = OnnxApi.CreateSession(model.ToByteArray(), options);
        try
        {
            if (lent.Count > 0)
            {
                Lend(session, inputs, lent, checkpoint);
            }

            OnnxApi.FinalizeSession(session, options);
            return session;
        }
        catch
        {
            OnnxApi.ReleaseSession(session);
            throw;
        }
    }

    /// <summary>Puts small weights into the model and declares large ones as inputs.</summary>
    /// <returns>The large ones.</returns>
    private static List<GraphInitializer> Embed(GraphProto graph, IReadOnlyList<GraphInitializer> initializers, ICheckpoint checkpoint)
    {
        var lent = new List<GraphInitializer>();
        var tensors = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var initializer in initializers)
        {
            var tensor = tensors[initializer.Name];
            if (initializer.Count >= LeastLent)
            {
                graph.Initializer.Remove(tensor);
                graph.Input.Add(Describe(tensor));
                lent.Add(initializer);
            }
            else
            {
                tensor.ExternalData.Clear();
                tensor.ClearDataLocation();
                tensor.RawData = ByteString.CopyFrom(initializer.Bytes(checkpoint.ReadFloat32));
            }
        }

        return lent;
    }

    private static ValueInfoProto Describe(TensorProto tensor)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(tensor.Dims.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = tensor.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = tensor.DataType, Shape = shape } },
        };
    }

    private static void Lend(nint session, List<ValueInfoProto> inputs, List<GraphInitializer> lent, ICheckpoint checkpoint)
    {
        var model = OnnxApi.CreateModel();
        try
        {
            var graph = OnnxApi.CreateGraph();
            try
            {
                SetInputs(graph, inputs);
                AddInitializers(graph, lent, checkpoint);
                OnnxApi.AddGraph(model, graph);
            }
            catch
            {
                OnnxApi.ReleaseGraph(graph);
                throw;
            }

            OnnxApi.ApplyModel(session, model);
        }
        finally
        {
            OnnxApi.ReleaseModel(model);
        }
    }

    private static void SetInputs(nint graph, List<ValueInfoProto> inputs)
    {
        var infos = new nint[inputs.Count];
        try
        {
            for (var i = 0; i < infos.Length; i++)
            {
                var dimensions = inputs[i].Type.TensorType.Shape.Dim;
                using var name = new Utf8Names([inputs[i].Name]);
                using var symbols = new Utf8Names([.. dimensions.Select(dimension => dimension.DimParam)]);
                infos[i] = OnnxApi.CreateValueInfo(
                    *name.Pointer,
                    inputs[i].Type.TensorType.ElemType,
                    [.. dimensions.Select(dimension => dimension.HasDimValue ? dimension.DimValue : -1)],
                    symbols.Pointer);
            }

            OnnxApi.SetInputs(graph, infos);
        }
        catch
        {
            // Those that the graph has taken are zero.
            Array.ForEach(infos, OnnxApi.ReleaseValueInfo);
            throw;
        }
    }

    private static void AddInitializers(nint graph, List<GraphInitializer> lent, ICheckpoint checkpoint)
    {
        foreach (var initializer in lent)
        {
            using var name = new Utf8Names([initializer.Name]);
            long[] shape = [.. initializer.Shape.Select(side => (long)side)];
            var tensor = initializer.ElementType switch
            {
                OnnxElementTypes.Int8 => LentWeights.Lend(initializer.Int8Values(checkpoint.ReadFloat32), shape),
                OnnxElementTypes.Float16 => LentWeights.Lend(initializer.Float16Values(checkpoint.ReadFloat32), shape),
                _ => LentWeights.Lend(Values(initializer, checkpoint), shape),
            };
            try
            {
                OnnxApi.AddInitializer(graph, *name.Pointer, tensor);
            }
            catch
            {
                OnnxApi.ReleaseTensor(tensor);
                throw;
            }
        }
    }

    private static ReadOnlyMemory<float> Values(GraphInitializer initializer, ICheckpoint checkpoint)
    {
        var values = initializer.Values(checkpoint.ReadFloat32);

        // A whole array of its own is what a tensor of 16 bits was widened to. All of these together would stay until the collector
        // comes, and that is not called by what ONNX Runtime packs meanwhile.
        return initializer.Compute is null && MemoryMarshal.TryGetArray(values, out var array) && array.Count == array.Array!.Length
            ? PrivateFloats.Copy(values.Span)
            : values;
    }
}
