namespace MaskGen.ML;

/// <summary>What the image encoder of a model computes its matrix products with.</summary>
public enum EncoderPrecision
{
    /// <summary>32-bit floating point, as SAM 2 is published. The default.</summary>
    Float32,

    /// <summary>8-bit integers in the blocks of the trunk: weights with a scale for each output channel, activations with one that follows
    /// from their range, image by image. Attention, normalization, the patch embedding and the neck stay float32. For CPUs.</summary>
    Int8,

    /// <summary>16-bit floating point in the blocks of the trunk: weights, matrix products, attention and GELU. Normalization, the sums
    /// from block to block, the patch embedding and the neck stay float32. For GPUs, on which nobody has measured it yet; a CPU takes
    /// about as long for it as for float32.</summary>
    Float16,
}
