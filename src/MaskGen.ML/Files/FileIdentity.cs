namespace MaskGen.ML.Files;

/// <summary>A file by its volume and its number there: the same for all of its names.</summary>
internal readonly record struct FileIdentity(ulong Volume, ulong High, ulong Low);
