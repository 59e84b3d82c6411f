using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Input of the stages, made from fixtures alone so that another process can make the same.</summary>
internal static class StageData
{
    /// <summary>Pictures of several shapes, and one row without.</summary>
    public static readonly string[] Paths = ["images/scene.png", "", "images/narrow.png", "images/breakfast.png"];

    private static readonly Dictionary<string, Func<MLContext, IDataView>> Sources = new()
    {
        [nameof(Images)] = Images,
        [nameof(Preprocessed)] = Preprocessed,
    };

    /// <summary>Makes data by the name of its method.</summary>
    public static IDataView Create(MLContext ml, string name) => Sources[name](ml);

    /// <summary>Columns Path and Image.</summary>
    public static IDataView Images(MLContext ml) => Images(ml, Paths);

    public static IDataView Images(MLContext ml, IEnumerable<string> paths)
    {
        var data = ml.Data.LoadFromEnumerable(paths.Select(path => new PathRow { Path = path }).ToList());
        return ml.Transforms.LoadImages("Image", Fixture.Path(string.Empty), "Path").Fit(data).Transform(data);
    }

    /// <summary>Columns Path, Image, Pixels and Pixels.ImageSize.</summary>
    public static IDataView Preprocessed(MLContext ml)
    {
        var data = Images(ml);
        return ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = Micro }).Fit(data).Transform(data);
    }

    /// <summary>The small model with random weights.</summary>
    public static Sam2Model Micro => Sam2Model.FromFile(Fixture.Path("micro"));

    public sealed class PathRow
    {
        public string Path { get; set; } = string.Empty;
    }
}
