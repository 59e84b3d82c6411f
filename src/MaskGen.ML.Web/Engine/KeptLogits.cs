using System.Security.Cryptography;

namespace MaskGen.ML.Web;

/// <summary>Low-resolution masks that clients may refer to: fed back with the next click, or brought to full size.</summary>
/// <remarks>Safe for concurrent use. The oldest are given up, so that nothing grows.</remarks>
internal sealed class KeptLogits
{
    private const long MostBytes = 64 << 20;
    private const int IdBytes = 12;

    private readonly ByteLimitedCache<string, KeptMask> _entries = new(MostBytes);

    /// <summary>Keeps a mask.</summary>
    /// <param name="imageId">The image.</param>
    /// <param name="mask">The mask; its logits are copied, as they lie in an array with many others.</param>
    /// <returns>What clients call it.</returns>
    public string Keep(string imageId, DecodedMask mask)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var logits = mask.LowResolutionMaskLogits.ToArray();
        _entries.Set(id, new KeptMask(imageId, logits, mask.PredictedIou), sizeof(float) * (long)logits.Length);
        return id;
    }

    /// <summary>A mask of an image.</summary>
    /// <exception cref="WebProblem">It is not kept any more, or never was.</exception>
    public KeptMask Find(string imageId, string id) => _entries.TryGet(id, out var entry) && entry.ImageId == imageId
        ? entry
        : throw new WebProblem(410, "logits-gone", "The mask of that logitsId is not kept any more; ask again without it.");

    /// <summary>A mask that is kept.</summary>
    internal sealed record KeptMask(string ImageId, float[] Logits, float PredictedIou);
}
