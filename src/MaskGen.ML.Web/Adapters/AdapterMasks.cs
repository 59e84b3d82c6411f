using System.Security.Cryptography;

namespace MaskGen.ML.Web;

/// <summary>Segments images that other programs send or name, rather than those of the catalog.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class AdapterMasks(EmbeddingQueue embeddings, CachedImageEncoder images, ClickDecoder clicks, ImageCatalog catalog)
{
    /// <summary>The best mask of a prompt.</summary>
    /// <param name="content">The image file.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="promptOf">The prompt, by the size of the image.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InvalidDataException">It is no image, damaged, or too large.</exception>
    public async Task<FoundMask> BestAsync(
        byte[] content, string name, Func<ImageSize, Sam2Prompt> promptOf, CancellationToken cancellationToken)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var embedding = await images.EncodeAsync(sha256, () => Load(content, name), cancellationToken).ConfigureAwait(false);
        var prompt = promptOf(embedding.ImageSize);

        // A point alone may mean a part or the whole: the best of three, as those programs do it.
        var output = prompt.Box is null && prompt.Points.Count == 1 ? MaskOutput.Multimask : MaskOutput.Single;
        return (await clicks.DecodeAsync(embedding, prompt, output, cancellationToken).ConfigureAwait(false)).Masks[0];
    }

    /// <summary>The best mask of a prompt on an image of the catalog.</summary>
    public async Task<FoundMask> BestAsync(ServedImage image, Func<ImageSize, Sam2Prompt> promptOf, CancellationToken cancellationToken)
    {
        var (embedding, _) = await embeddings.GetAsync(image, report: null, cancellationToken).ConfigureAwait(false);
        var prompt = promptOf(embedding.ImageSize);
        var output = prompt.Box is null && prompt.Points.Count == 1 ? MaskOutput.Multimask : MaskOutput.Single;
        return (await clicks.DecodeAsync(embedding, prompt, output, cancellationToken).ConfigureAwait(false)).Masks[0];
    }

    /// <summary>The bytes of an image that lies in a request as base64, with or without the head of a data address.</summary>
    /// <exception cref="WebProblem">It is neither.</exception>
    public static byte[] Decode(string? text)
    {
        const string Head = "data:";
        const string Mark = ";base64,";
        try
        {
            var start = text?.StartsWith(Head, StringComparison.Ordinal) == true ? text.IndexOf(Mark, StringComparison.Ordinal) : 0;
            return string.IsNullOrEmpty(text) || start < 0
                ? throw WebProblem.Bad("image: expected base64, found something else.")
                : Convert.FromBase64String(start == 0 ? text : text[(start + Mark.Length)..]);
        }
        catch (FormatException)
        {
            throw WebProblem.Bad("image: expected base64, found something else.");
        }
    }

    private RgbImage Load(byte[] content, string name)
    {
        using var stream = new MemoryStream(content, writable: false);
        ImageSizeReader.Read(stream, name, catalog.Limits);
        return RgbImage.Load(content, catalog.Limits);
    }
}
