using System.Security.Cryptography;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The options of a run as a JSON object, for people and for comparing.</summary>
/// <param name="Json">The object, without white space.</param>
internal sealed record ResultSettings(string Json)
{
    /// <summary>SHA-256 of the text, for files that have no room for all of it.</summary>
    public string Digest { get; } = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Json))).ToLowerInvariant();

    public bool Equals(ResultSettings? other) => other?.Json == Json;

    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);
}
