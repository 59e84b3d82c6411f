using System.Runtime.CompilerServices;
using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Pipelines that earlier releases have saved: they load, and give what they gave. The files are never written again.</summary>
public sealed class KeptPipelineTests
{
    // With the release that saves it goes a file of its own name, and a row here.
    public static TheoryData<string> Releases => ["0.2.0"];

    [Theory]
    [MemberData(nameof(Releases))]
    public void Load_PipelineOfAnEarlierRelease_GivesTheRecordedFigures(string release)
    {
        var expected = JsonSerializer.Deserialize<List<Figures>>(File.ReadAllText(Fixture.Path($"pipelines/{release}.json")))!;
        var ml = new MLContext(seed: 1);
        var model = ml.Model.Load(Fixture.Path($"pipelines/{release}.zip"), out var schema);
        Assert.Equal(["Bytes", "Points"], schema.Select(column => column.Name));
        var found = Read(ml, model);
        ((IDisposable)model).Dispose();
        Assert.Equal(expected.Select(mask => mask.Error), found.Select(mask => mask.Error));
        Assert.True(expected.Count > 3);
        foreach (var (one, other) in expected.Zip(found))
        {
            Assert.Equal((one.Index, one.Width, one.Height), (other.Index, other.Width, other.Height));
            Assert.Equal(one.PredictedIou, other.PredictedIou, Tolerances.PredictedIou);
            Near.Assert("prompted IoU", one.PromptedIou, other.PromptedIou, Tolerances.PredictedIou);
            Near.Assert("mean colour", one.MeanColor, other.MeanColor, 255 * (float)(1 - Tolerances.MaskIou));
            var size = new ImageSize(one.Width, one.Height);
            Assert.True(MaskIou.Of(CocoRle.Decode(size, one.CocoRle), CocoRle.Decode(size, other.CocoRle)) >= Tolerances.MaskIou);
        }
    }

    // Run by hand for a release, with its number as it then is.
    [Fact(Explicit = true)]
    public void Save_PipelineOfThisRelease_ForLaterOnes()
    {
        using var folder = new TestFolder();
        var ml = new MLContext(seed: 1);
        var micro = HalfPrecision(folder);
        var generation = new AutomaticMaskGenerationOptions
        {
            Model = micro,
            PointsPerSide = 2,
            PredictedIouThreshold = 0,
            StabilityScoreThreshold = 0,
            BoxNmsThreshold = 1,
            FailedRows = FailedRowBehavior.Mark,
        };
        var data = ml.Data.LoadFromEnumerable(Rows());
        using var chain = ml.Transforms.PreprocessSam2Images("Pixels", "Bytes", new() { Model = micro })
            .Append(ml.Transforms.EncodeSam2Images("E", "Pixels", new() { Model = micro }))
            .Append(ml.Transforms.DecodeSam2Prompts("Prompted", "E", new() { Model = micro, PointColumn = "Points" }))
            .Append(ml.Transforms.GenerateMasks("Masks", "E", generation))
            .Append(ml.Transforms.ExpandMasks(
                "Mask", "Masks", new() { ImageColumn = "Bytes", CutOut = CutOutBackground.Fill, FailedRows = FailedRowBehavior.Mark }))
            .Fit(data);
        var release = MaskGenVersion.Current.Split('-')[0];
        Directory.CreateDirectory(Folder());
        ml.Model.Save(chain, data.Schema, Path.Combine(Folder(), $"{release}.zip"));
        File.WriteAllText(
            Path.Combine(Folder(), $"{release}.json"),
            JsonSerializer.Serialize(Read(ml, chain), new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static List<Figures> Read(MLContext ml, ITransformer model)
    {
        var data = ml.Data.LoadFromEnumerable(Rows());
        return
        [
            .. ml.Data.CreateEnumerable<MaskRow>(model.Transform(data), reuseRowObject: false).Select(row => new Figures
            {
                Index = row.Index,
                Width = row.ImageSize[0],
                Height = row.ImageSize[1],
                PredictedIou = row.PredictedIou,
                CocoRle = row.CocoRle,
                MeanColor = row.MeanColor,
                PromptedIou = row.PromptedIou,
                Error = row.Error,
            }),
        ];
    }

    private static List<ImageRow> Rows()
    {
        string[] paths = ["images/scene.png", "images/narrow.png"];
        var images = paths.Select(path => new ImageRow { Bytes = File.ReadAllBytes(Fixture.Path(path)) });
        return [.. images, new ImageRow()];
    }

    // Half the size, and the same on every machine that reads it.
    private static Sam2Model HalfPrecision(TestFolder folder)
    {
        folder.Write("micro/config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        using (var original = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors")))
        using (var file = File.Create(folder["micro/model.safetensors"]))
        {
            SafetensorsWriter.Write(
                file,
                [.. original.Tensors.Select(tensor => (tensor.Key, tensor.Value with { ElementType = TensorElementType.Float16 }))],
                original.ReadFloat32);
        }

        return Sam2Model.FromFile(folder["micro"]);
    }

    private static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Fixtures", "pipelines"));

    private sealed class ImageRow
    {
        public byte[] Bytes { get; set; } = [];

        public float[] Points { get; set; } = [4, 3];
    }

    private sealed class MaskRow
    {
        [ColumnName("Mask.Index")]
        public int Index { get; set; }

        [ColumnName("Mask.ImageSize")]
        public int[] ImageSize { get; set; } = [];

        [ColumnName("Mask.PredictedIou")]
        public float PredictedIou { get; set; }

        [ColumnName("Mask.CocoRle")]
        public string CocoRle { get; set; } = string.Empty;

        [ColumnName("Mask.MeanColor")]
        public float[] MeanColor { get; set; } = [];

        [ColumnName("Prompted.PredictedIou")]
        public float[] PromptedIou { get; set; } = [];

        [ColumnName("Mask.Error")]
        public string Error { get; set; } = string.Empty;
    }

    private sealed class Figures
    {
        public int Index { get; set; }

        public int Width { get; set; }

        public int Height { get; set; }

        public float PredictedIou { get; set; }

        public string CocoRle { get; set; } = string.Empty;

        public float[] MeanColor { get; set; } = [];

        public float[] PromptedIou { get; set; } = [];

        public string Error { get; set; } = string.Empty;
    }
}
