namespace MaskGen.ML.Runs;

/// <summary>Where images of a run come from.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Address">The full path of a folder, or <c>s3://bucket/prefix</c>; keys are relative to it.</param>
internal sealed record ImageSource(ImageSourceKind Kind, string Address)
{
    /// <summary>What people are told of an image.</summary>
    public string Describe(PlannedImage image) => Kind == ImageSourceKind.S3 ? $"{Address}/{image.Key}"
        : S3Address.TryParse(image.Key) is not null ? image.Key
        : System.IO.Path.Combine(Address, image.Key);

    /// <summary>The file of an image, or the archive that it is in; null where it is in S3.</summary>
    public string? Path(PlannedImage image) =>
        Kind == ImageSourceKind.S3 || S3Address.TryParse(image.Name) is not null
            ? null
            : System.IO.Path.GetFullPath(image.Name, Address);

    /// <summary>The object of an image, or of the archive that it is in: bucket and key.</summary>
    public S3Address Object(PlannedImage image)
    {
        if (Kind != ImageSourceKind.S3)
        {
            return S3Address.TryParse(image.Name)!;
        }

        var place = S3Address.TryParse(Address)!;
        return place with { Prefix = place.KeyOf(image.Name) };
    }
}

/// <summary>What a source of images is.</summary>
internal enum ImageSourceKind
{
    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A prefix of a bucket.</summary>
    S3,

    /// <summary>A list of files: keys are what its lines say, paths relative to the address or addresses of S3.</summary>
    List,
}
