namespace MaskGen.ML.Results;

/// <summary>Image, model and options that results were made with: two runs with equal origins give equal results.</summary>
/// <param name="Mode">The command: <c>everything</c>, <c>prompt</c>, <c>convert</c> or <c>view</c>.</param>
/// <param name="ImageName">File name of the image; in a run over a tree its path below the top, with slashes.</param>
/// <param name="ImageSha256">SHA-256 of the image file in hexadecimal digits; null where it could be read only once, as from a
/// pipe.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="ModelFingerprint">Identifies the model; see <see cref="Sam2.ModelFingerprint"/>.</param>
/// <param name="Settings">Every option that changes the masks.</param>
internal sealed record ResultOrigin(
    string Mode, string ImageName, string? ImageSha256, string Model, string ModelFingerprint, ResultSettings Settings)
{
    public const string Everything = "everything";

    public const string Prompt = "prompt";

    /// <summary>Results made from files of results.</summary>
    public const string Convert = "convert";

    /// <summary>Pages made from files of results.</summary>
    public const string View = "view";

    /// <summary>As <see cref="Convert"/>, of masks that prompts asked for.</summary>
    public const string ConvertPrompt = "convert.prompt";

    /// <summary>As <see cref="View"/>, of masks that prompts asked for.</summary>
    public const string ViewPrompt = "view.prompt";

    /// <summary>Whether masks are what prompts asked for.</summary>
    public static bool IsOfPrompts(string? mode) => mode is Prompt or ConvertPrompt or ViewPrompt;

    /// <summary>The command that is typed for a mode.</summary>
    public static string CommandOf(string mode) => mode.Split('.')[0];
}
