namespace MaskGen.ML.Inference.Decoding;

/// <summary>A tile of inner products of basis vectors with what the layer norm sees.</summary>
/// <param name="Head">Head that the vectors belong to.</param>
/// <param name="FirstRow">Row of the first vector's coefficient in a panel of the coefficients.</param>
/// <param name="BasisRows">Vectors that have coefficients of their own.</param>
/// <param name="Rows">Those, and the head's share of the layer's constant where the tile holds it.</param>
/// <param name="Depth">Coefficients that the tile meets: up to its own, for pairs count twice instead of being met twice.</param>
/// <param name="HasOwnPart">Whether it meets the image's own part.</param>
internal readonly record struct VarianceTile(int Head, int FirstRow, int BasisRows, int Rows, int Depth, bool HasOwnPart);
