namespace MaskGen.ML.Cli.Inputs;

/// <summary>What a folder in a tree of images is to a run.</summary>
internal enum FolderRole
{
    /// <summary>One to search.</summary>
    Searched,

    /// <summary>Hidden, or one that systems and devices leave beside images.</summary>
    Hidden,

    /// <summary>A link to a folder, which may lead anywhere, also back.</summary>
    Link,

    /// <summary>The folder that the results go to.</summary>
    Results,
}
