namespace MaskGen.ML.Cli.Settings;

/// <summary>The short names of models on the command line.</summary>
internal static class ModelNames
{
    // The newer version, which is better throughout.
    private const string Version = "2.1";

    /// <summary>Every short name with what it stands for, from small to large.</summary>
    public static IReadOnlyList<(string Short, string Name)> All { get; } =
    [
        (Sam2Model.Nano.Name, Sam2Model.Nano.Name),
        .. Sam2OfficialModel.All.Where(model => model.Version == Version).Select(model => (ShortOf(model), model.Name)),
    ];

    /// <summary>The short name of the model that a first run offers.</summary>
    public static string Offered => "tiny";

    /// <summary>What a name stands for: the repository of a short name, and anything else as it is.</summary>
    public static string Resolve(string name) =>
        All.FirstOrDefault(model => string.Equals(model.Short, name, StringComparison.OrdinalIgnoreCase)).Name ?? name;

    /// <summary>Whether a name or path means the embedded model.</summary>
    public static bool IsEmbedded(string name) => string.Equals(name, Sam2Model.Nano.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Megabytes of an official model's file: float32 weights.</summary>
    public static double Megabytes(Sam2OfficialModel model) => model.MillionParameters * sizeof(float);

    private static string ShortOf(Sam2OfficialModel model) => model.Size.Replace('_', '-');
}
