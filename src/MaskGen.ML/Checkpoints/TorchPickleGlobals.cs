namespace MaskGen.ML.Checkpoints;

/// <summary>The allow-list: every name that a pickle of a checkpoint may ask for.</summary>
internal static class TorchPickleGlobals
{
    private static readonly Dictionary<string, TorchGlobalReference> Allowed = new TorchGlobalReference[]
    {
        new(TorchGlobal.OrderedDict, "collections.OrderedDict"),
        new(TorchGlobal.RebuildTensor, "torch._utils._rebuild_tensor_v2"),
        new(TorchGlobal.RebuildParameter, "torch._utils._rebuild_parameter"),
        new(TorchGlobal.Size, "torch.Size"),
        new(TorchGlobal.Storage, "torch.FloatStorage", TensorElementType.Float32, 4),
        new(TorchGlobal.Storage, "torch.HalfStorage", TensorElementType.Float16, 2),
        new(TorchGlobal.Storage, "torch.BFloat16Storage", TensorElementType.BFloat16, 2),

        // Permitted so that counters and the like beside the model do not spoil it; a tensor of the image model may not use them.
        new(TorchGlobal.Storage, "torch.DoubleStorage", null, 8),
        new(TorchGlobal.Storage, "torch.LongStorage", null, 8),
        new(TorchGlobal.Storage, "torch.IntStorage", null, 4),
        new(TorchGlobal.Storage, "torch.ShortStorage", null, 2),
        new(TorchGlobal.Storage, "torch.CharStorage", null, 1),
        new(TorchGlobal.Storage, "torch.ByteStorage", null, 1),
        new(TorchGlobal.Storage, "torch.BoolStorage", null, 1),
    }.ToDictionary(g => g.Name);

    /// <summary>The permitted name, or null for any other.</summary>
    public static TorchGlobalReference? Find(string module, string name) => Allowed.GetValueOrDefault($"{module}.{name}");
}
