using System.IO.Compression;
using System.Text;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Which libraries may read a stage whose encoder is not in float32.</summary>
public sealed class SavedPrecisionTests : IDisposable
{
    // Of the stages with a model in the library before it knew precisions.
    private const uint LayoutBefore = 3;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EncoderPrecision.Float32, true)]
    [InlineData(EncoderPrecision.Int8, false)]
    [InlineData(EncoderPrecision.Float16, false)]
    public void Save_EncoderInAPrecision_IsNotReadByALibraryThatKnowsNone(EncoderPrecision precision, bool isReadable)
    {
        var model = StageData.Micro.WithEncoderPrecision(precision);
        var (images, prompts) = (StageData.Images(_ml), StageData.PlainPrompts(_ml));
        var generation = StageData.GenerationOptions with { Model = model };

        Check("S2IMENC", _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = model }), images);
        Check("S2MSKGN", _ml.Transforms.GenerateMasks("Masks", "Image", generation), images);
        Check("S2PRDEC", _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", PromptsOf(model)), prompts);

        void Check(string signature, IEstimator<ITransformer> estimator, IDataView data)
        {
            var path = _folder[$"{signature}.zip"];
            var fitted = estimator.Fit(data);
            using ((IDisposable)fitted)
            {
                _ml.Model.Save(fitted, data.Schema, path);
            }

            Assert.Equal(isReadable, ReadableFrom(path, signature) <= LayoutBefore);
            using var loaded = (IDisposable)_ml.Model.Load(path, out _);
        }
    }

    private static Sam2PromptDecodingOptions PromptsOf(Sam2Model model) => StageData.PlainPromptOptions with { Model = model };

    // In the header of the stage: signature, version that was written, lowest version that may read it.
    private static uint ReadableFrom(string path, string signature)
    {
        using var archive = ZipFile.OpenRead(path);
        var header = archive.Entries.Where(entry => entry.Name == "Model.key").Select(Bytes).Single(bytes => Start(bytes) >= 0);
        return BitConverter.ToUInt32(header, Start(header) + (2 * sizeof(uint)) + sizeof(uint));

        int Start(byte[] bytes) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(signature.Insert(2, "\0")));
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
