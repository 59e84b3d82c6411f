namespace MaskGen.ML.Results;

/// <summary>How the formats of a run write masks, for those that leave a choice.</summary>
internal sealed record ResultFormatOptions
{
    /// <summary>The largest error of outlines in pixels, as for <see cref="MaskPolygons.FromMask(RunLengthEncoding, double)"/>; null for
    /// the one of <see cref="MaskOutline"/>, which depends on the mask.</summary>
    public double? PolygonTolerance { get; init; }

    /// <summary>How shapes are written by formats that know both outlines and pixels; null for the usual form of each.</summary>
    public ShapeForm? Shapes { get; init; }

    /// <summary>What stands before the name of an image in files that give its address, such as
    /// <c>/data/local-files/?d=photos/</c>.</summary>
    public string ImageAddress { get; init; } = string.Empty;

    /// <summary>Whether cut-outs have the size of the image, rather than that of their box.</summary>
    public bool CutoutCanvas { get; init; }

    /// <summary>Over how many pixels the edges of cut-outs fade; 0 for hard edges.</summary>
    public int CutoutSoftEdge { get; init; }

    /// <summary>The tolerance as stamps carry it; canonical, since it is compared.</summary>
    public string ToleranceText => PolygonTolerance is { } given
        ? FormattableString.Invariant($"tolerance={given:R}")
        : "tolerance=auto";

    /// <summary>Tolerance and shapes as stamps carry them.</summary>
    /// <param name="usual">The usual form of the format.</param>
    public string ShapesText(ShapeForm usual) =>
        (Shapes ?? usual) == ShapeForm.Masks ? "shapes=masks" : "shapes=polygons," + ToleranceText;
}
