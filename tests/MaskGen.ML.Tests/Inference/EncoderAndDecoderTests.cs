using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class EncoderAndDecoderTests
{
    [Fact]
    public async Task CreateAsync_GivesWhatEachGivesByItself()
    {
        var token = TestContext.Current.CancellationToken;
        var image = RgbImage.Load(Fixture.Path("images/scene.png"));
        var (encoder, decoder) = await EncoderAndDecoder.CreateAsync(Sam2Model.Nano, null, null, token);
        using (encoder)
        using (decoder)
        using (var otherEncoder = new Sam2ImageEncoder(Sam2Model.Nano))
        using (var otherDecoder = new Sam2PromptDecoder(Sam2Model.Nano))
        {
            var prompts = new[] { Sam2Prompt.FromPoint(image.Size.Width / 2, image.Size.Height / 2) };
            var masks = decoder.Segment(encoder.Encode(image, token), prompts, MaskOutput.Multimask, cancellationToken: token);
            var expected = otherDecoder.Segment(otherEncoder.Encode(image, token), prompts, MaskOutput.Multimask, cancellationToken: token);
            Assert.Equal(expected, masks);
        }
    }

    [Fact]
    public void Load_WhereAHalfCannotBeBuilt_ThrowsAndLeavesNothingThatReads()
    {
        foreach (var part in new[] { "vision_encoder.", "mask_decoder." })
        {
            using var opened = TestModel.Open("micro");
            using var lending = new LendingCheckpoint(opened.Weights);
            var broken = new BrokenWeights(lending, part);
            Assert.Throws<CheckpointFormatException>(
                () => EncoderAndDecoder.Load(new OpenedSam2Model(opened.Config, broken, OwnsWeights: false), null));

            // Nobody reads any more: the weights may be closed.
            Assert.Equal(0, broken.Readers);
            Assert.Equal(lending.LentBytes, lending.GivenBackBytes);
        }
    }

    /// <summary>Weights of which one part cannot be read.</summary>
    private sealed class BrokenWeights(ICheckpoint original, string part) : ICheckpoint
    {
        private int _readers;

        public int Readers => Volatile.Read(ref _readers);

        public string Source => original.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => original.Tensors;

        public ReadOnlyMemory<float> ReadFloat32(string name)
        {
            Interlocked.Increment(ref _readers);
            try
            {
                return name.StartsWith(part, StringComparison.Ordinal)
                    ? throw new CheckpointFormatException(Source, name, "a tensor", "none")
                    : original.ReadFloat32(name);
            }
            finally
            {
                Interlocked.Decrement(ref _readers);
            }
        }

        public void Dispose()
        {
        }
    }
}
