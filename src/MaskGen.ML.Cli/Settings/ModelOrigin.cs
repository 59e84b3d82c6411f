namespace MaskGen.ML.Cli.Settings;

/// <summary>Who has chosen the model of a run; the first that says something wins.</summary>
internal enum ModelOrigin
{
    /// <summary><c>--model</c>.</summary>
    Option,

    /// <summary>The environment variable.</summary>
    Variable,

    /// <summary>An earlier <c>maskgen models use</c>, or the answer of the first run.</summary>
    Settings,

    /// <summary>The answer that was given just now.</summary>
    Answer,

    /// <summary>Nobody.</summary>
    Default,
}
