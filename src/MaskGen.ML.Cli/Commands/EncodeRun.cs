using System.Diagnostics;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli.Commands;

/// <summary>A run of <c>maskgen encode</c>. An image that fails is named, and the others go on.</summary>
/// <param name="terminal">Receives messages.</param>
/// <param name="folder">Keeps the embeddings.</param>
/// <param name="limits">Which images are read.</param>
/// <param name="model">The model, which is loaded when the first image needs it.</param>
/// <param name="session">How it computes.</param>
/// <param name="cancellationToken">Ends the run.</param>
internal sealed class EncodeRun(
    Terminal terminal,
    EmbeddingFolder folder,
    ImageLoadOptions limits,
    Sam2Model model,
    Sam2SessionOptions session,
    CancellationToken cancellationToken)
{
    private int _failures;
    private int _encoded;
    private int _present;

    /// <summary>Encodes images.</summary>
    /// <returns>How many failed.</returns>
    /// <exception cref="IOException">The cache cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public int Run(IReadOnlyList<InputFile> files)
    {
        Directory.CreateDirectory(folder.Folder);
        using var encoder = Load();
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryEncode(file, encoder))
            {
                break;
            }
        }

        var (count, bytes) = folder.Content();
        terminal.Say(
            $"{_encoded} encoded, {_present} were there already, {_failures} failed; {folder.Folder} has {count} embeddings, "
            + $"{bytes / 1e6:0} of {folder.Limit / 1e6:0} MB.");
        return _failures;
    }

    private Sam2ImageEncoder Load()
    {
        using var notice = new SlowNotice(terminal, $"loading {model.Name}");
        var encoder = Sam2ImageEncoder.CreateAsync(model, session, new DownloadProgress(terminal), cancellationToken)
            .GetAwaiter().GetResult();
        terminal.Say(ModelOptions.Describe(encoder.Device));
        return encoder;
    }

    // False where no further image can be kept.
    private bool TryEncode(InputFile file, Sam2ImageEncoder encoder)
    {
        RgbImage? image = null;
        try
        {
            if (InputImage.HashOf(file.Path) is { } known && folder.Has(known, model.Fingerprint)
                && folder.TryLoad(known, model.Fingerprint) is not null)
            {
                _present++;
                return true;
            }

            var input = InputImage.Load(file.Path, limits);
            image = input.Image;
            ImageRemarks.Say(file.Path, image, terminal.Say);
            if (input.Sha256 is not { } sha256)
            {
                throw new InvalidDataException($"{file.Path}: expected a file that can be read twice, found a pipe or device.");
            }

            var watch = Stopwatch.StartNew();
            var embedding = encoder.Encode(image, cancellationToken);
            if (!folder.TrySave(sha256, embedding))
            {
                terminal.Fail(
                    $"{folder.Folder}: full, with {folder.Limit / 1e6:0} MB of embeddings of this run; the images from {file.Name} on were "
                    + "not encoded. --cache-size makes room.");
                _failures++;
                return false;
            }

            _encoded++;
            terminal.Say($"{file.Name}: encoded in {watch.Elapsed.TotalSeconds:0.00} s");
        }
        catch (Exception e) when (!(cancellationToken.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException))
        {
            terminal.Fail(ErrorMessages.Of(file.Path, image?.Size, e));
            _failures++;
        }

        return true;
    }
}
