namespace MaskGen.ML.Web;

/// <summary>An image as clients see it.</summary>
internal sealed record ImageItem(
    string Id,
    string Name,
    int? Width,
    int? Height,
    int? PaintWidth,
    int? PaintHeight,
    string State,
    EncodingState Encoding,
    int Objects,
    string Etag,
    bool IsUpload,
    string? Problem);

/// <summary>All images.</summary>
internal sealed record ImageList(IReadOnlyList<ImageItem> Images, string Title);

/// <summary>The secret that a browser sends once.</summary>
internal sealed record TokenRequest(string? Token);

/// <summary>A model as clients see it.</summary>
internal sealed record ModelItem(string Name, string? Fingerprint, string? Device, bool IsDemonstration, bool Ready, string? Problem);

/// <summary>All models.</summary>
internal sealed record ModelList(IReadOnlyList<ModelItem> Models);

/// <summary>The thresholds that fit the model.</summary>
internal sealed record ThresholdItem(float PredictedIou, float StabilityScore);

/// <summary>What a request may hold.</summary>
internal sealed record LimitItem(int PaintSide, long BodyBytes, long Pixels, int Prompts, int Points, int Queue);

/// <summary>A format of exports.</summary>
internal sealed record FormatItem(string Name, string Description, bool PerImage, IReadOnlyList<string> Loses);

/// <summary>What a page needs to begin.</summary>
internal sealed record SessionItem(
    string Version,
    string User,
    ModelItem Model,
    ThresholdItem Thresholds,
    LimitItem Limits,
    IReadOnlyList<string> Palette,
    IReadOnlyList<FormatItem> Formats,
    string Out);

/// <summary>A prompt: points, a box, or both; and an earlier mask that is refined.</summary>
internal record PromptItem
{
    /// <summary>x and y in pixels of the image.</summary>
    public float[][]? Points { get; init; }

    /// <summary>1 include, 0 exclude, for each point.</summary>
    public int[]? Labels { get; init; }

    /// <summary>Left, top, right, bottom in pixels of the image.</summary>
    public float[]? Box { get; init; }

    /// <summary>The <c>logitsId</c> of an earlier answer for the same image.</summary>
    public string? LogitsId { get; init; }
}

/// <summary>One prompt, or several; and what is wanted.</summary>
internal sealed record SegmentRequest : PromptItem
{
    /// <summary>Several objects at once, in place of the members of one.</summary>
    public PromptItem[]? Prompts { get; init; }

    /// <summary>Whether three masks are wanted rather than one.</summary>
    public bool Multimask { get; init; }

    /// <summary><c>paint</c> or <c>full</c>.</summary>
    public string? Size { get; init; }

    /// <summary>Whether somebody only hovers.</summary>
    public bool Preview { get; init; }
}

/// <summary>A mask and its figures.</summary>
internal sealed record MaskItem(
    int[] Size, string Counts, float? Iou, float? Stability, int[] Bbox, long Area, string? LogitsId, float[]? Point);

/// <summary>How long an answer took, in milliseconds.</summary>
internal sealed record TimesItem(double Wait, double Decode, double Masks, double Total);

/// <summary>The masks of one prompt, best first.</summary>
internal sealed record ResultItem(IReadOnlyList<MaskItem> Masks, string? LogitsId, float? ObjectScore);

/// <summary>The answer to one prompt.</summary>
internal sealed record SegmentAnswer(IReadOnlyList<MaskItem> Masks, string? LogitsId, float? ObjectScore, TimesItem Ms);

/// <summary>The answer to several.</summary>
internal sealed record SegmentAnswers(IReadOnlyList<ResultItem> Results, TimesItem Ms);

/// <summary>A mask of an earlier answer.</summary>
internal sealed record LogitsRequest(string? LogitsId);

/// <summary>A change to masks.</summary>
internal sealed record EditRequest
{
    public string? Op { get; init; }

    public MaskText[]? Masks { get; init; }

    public int? MinimumArea { get; init; }

    public StrokeItem? Stroke { get; init; }

    /// <summary>Corners in pixels of the image.</summary>
    public float[][]? Polygon { get; init; }
}

/// <summary>A line that a round brush follows, in pixels of the image.</summary>
internal sealed record StrokeItem(float[][]? Points, float Radius);

/// <summary>How finely everything is segmented.</summary>
internal sealed record EverythingRequest(float? PredictedIou, float? Stability, int? PointsPerSide);

/// <summary>What is exported.</summary>
internal sealed record ExportRequest(string[]? Formats, string[]? Images, string? To, double? Tolerance, string? Shapes);

/// <summary>What was exported.</summary>
internal sealed record ExportAnswer(string Folder, IReadOnlyList<string> Files, IReadOnlyList<string> Remarks);

/// <summary>The tag of what was saved.</summary>
internal sealed record SavedAnswer(string Etag);

/// <summary>The labels that occur.</summary>
internal sealed record LabelList(IReadOnlyList<string> Labels);
