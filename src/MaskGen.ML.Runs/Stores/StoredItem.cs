namespace MaskGen.ML.Runs;

/// <summary>What a store lists.</summary>
/// <param name="Name">Its name in the store, with slashes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">When it was written, by the store's clock.</param>
internal sealed record StoredItem(string Name, long Length, DateTimeOffset Modified);
