using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Input of the stages, made from fixtures alone so that another process can make the same.</summary>
internal static class StageData
{
    /// <summary>Images of several shapes, and one row without.</summary>
    public static readonly string[] Paths = ["images/scene.png", "", "images/narrow.png", "images/breakfast.png"];

    private static readonly Dictionary<string, Func<MLContext, IDataView>> Sources = new()
    {
        [nameof(Images)] = Images,
        [nameof(Files)] = Files,
        [nameof(Preprocessed)] = Preprocessed,
        [nameof(Encoded)] = Encoded,
        [nameof(RichPrompts)] = RichPrompts,
        [nameof(PlainPrompts)] = PlainPrompts,
        [nameof(Masks)] = Masks,
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

    /// <summary>Columns Path and Bytes, the files as they are.</summary>
    public static IDataView Files(MLContext ml)
    {
        var data = ml.Data.LoadFromEnumerable(Paths.Select(path => new PathRow { Path = path }).ToList());
        return ml.Transforms.LoadRawImageBytes("Bytes", Fixture.Path(string.Empty), "Path").Fit(data).Transform(data);
    }

    /// <summary>Columns Path, Image, the embedding and its companions.</summary>
    public static IDataView Encoded(MLContext ml) => Images(ml, encoded: true, Paths.Select(path => new PathRow { Path = path }));

    /// <summary>Columns Path, Image, Pixels and Pixels.ImageSize.</summary>
    public static IDataView Preprocessed(MLContext ml)
    {
        var data = Images(ml);
        return ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = Micro }).Fit(data).Transform(data);
    }

    /// <summary>Columns Path, Image, the embedding and its companions, and Prompts.</summary>
    public static IDataView RichPrompts(MLContext ml) => Images(ml, encoded: true, Paths.Select(path => new RichPromptRow
    {
        Path = path,
        Prompts =
            path == Paths[2] ? null : [Sam2Prompt.FromPoint(5, 9), Sam2Prompt.FromBox(new BoxXyxy(1, 2, 10, 20)),
                new() { Points = [new(4, 4), new(0, 1, PointLabel.Background)] }],
    }));

    /// <summary>The same prompts as <see cref="RichPrompts"/> in plain columns.</summary>
    public static IDataView PlainPrompts(MLContext ml) => PlainPrompts(ml, encoded: true);

    /// <summary>The same, on request without the embedding.</summary>
    public static IDataView PlainPrompts(MLContext ml, bool encoded) =>
        Images(ml, encoded, Paths.Select(path => path == Paths[2] ? new PlainPromptRow { Path = path } : new PlainPromptRow
    {
        Path = path,
        Points = [5, 9, 4, 4, 0, 1],
        Labels = [1, 1, 0],
        Objects = [0, 2, 2],
        Boxes = [float.NaN, float.NaN, float.NaN, float.NaN, 1, 2, 10, 20],
    }));

    /// <summary>Columns Path, Image, Masks and its companions.</summary>
    public static IDataView Masks(MLContext ml)
    {
        var data = Images(ml);
        return ml.Transforms.GenerateMasks("Masks", "Image", GenerationOptions).Fit(data).Transform(data);
    }

    /// <summary>A few points, and thresholds that the random weights of the small model pass.</summary>
    public static AutomaticMaskGenerationOptions GenerationOptions => new()
    {
        Model = Micro,
        PointGrids = [[(0.25f, 0.25f), (0.5f, 0.75f), (0.9f, 0.1f)]],
        PredictedIouThreshold = 0,
        StabilityScoreThreshold = 0,
    };

    /// <summary>Where <see cref="RichPrompts"/> has its prompts.</summary>
    public static Sam2PromptDecodingOptions RichPromptOptions => new() { Model = Micro, PromptColumn = "Prompts" };

    /// <summary>Where <see cref="PlainPrompts(MLContext)"/> has its prompts.</summary>
    public static Sam2PromptDecodingOptions PlainPromptOptions =>
        new() { Model = Micro, PointColumn = "Points", PointLabelColumn = "Labels", PointObjectColumn = "Objects", BoxColumn = "Boxes" };

    /// <summary>One row with its embedding and prompts.</summary>
    public static IDataView Prompted(MLContext ml, PlainPromptRow row) => Prompted<PlainPromptRow>(ml, row);

    /// <summary>The same with more columns.</summary>
    public static IDataView Prompted<TRow>(MLContext ml, TRow row)
        where TRow : PlainPromptRow => Images(ml, encoded: true, [row]);

    private static IDataView Images<TRow>(MLContext ml, bool encoded, IEnumerable<TRow> rows)
        where TRow : PathRow
    {
        var data = ml.Data.LoadFromEnumerable(rows.ToList());
        var images = ml.Transforms.LoadImages("Image", Fixture.Path(string.Empty), "Path").Fit(data).Transform(data);
        return encoded
            ? ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = Micro }).Fit(images).Transform(images)
            : images;
    }

    /// <summary>The small model with random weights.</summary>
    public static Sam2Model Micro => Sam2Model.FromFile(Fixture.Path("micro"));

    public class PathRow
    {
        public string Path { get; set; } = string.Empty;
    }

    public sealed class RichPromptRow : PathRow
    {
        [Sam2PromptSetType]
        public Sam2PromptSet? Prompts { get; set; }
    }

    public class PlainPromptRow : PathRow
    {
        public float[] Points { get; set; } = [];

        public int[] Labels { get; set; } = [];

        public float[] Objects { get; set; } = [];

        public float[] Boxes { get; set; } = [];
    }
}
