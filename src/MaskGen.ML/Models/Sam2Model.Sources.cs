using MaskGen.ML.Models;

namespace MaskGen.ML;

// Where a model comes from: a file, an export to ONNX, a hub, or whatever a person calls it.
public sealed partial class Sam2Model
{
    /// <summary>A model from files on disk.</summary>
    /// <param name="path">A folder with <c>config.json</c> and <c>model.safetensors</c>; a weights file, in the safetensors format or as
    /// torch.save writes it (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>, <c>.ckpt</c>); or the index of weights that are split over several files
    /// (<c>model.safetensors.index.json</c>), or the folder with it. The content decides, not the name: the tensors may have Meta's or
    /// Hugging Face's names, under any key or prefix that training code puts around them. A <c>config.json</c> beside the file says the
    /// architecture; without one it is detected from the shapes of the tensors, for the official ones. A <c>maskgen.json</c> beside it,
    /// with <c>{"name", "recommended_thresholds": {"predicted_iou", "stability_score"}}</c>, replaces the name and
    /// <see cref="RecommendedThresholds.Official"/>.</param>
    /// <returns>The model; its weights are opened when a stage needs them, and are checked then.</returns>
    /// <remarks>A stage that needs a model whose files are not what they should be throws <see cref="CheckpointFormatException"/>, and
    /// <see cref="IOException"/> where they cannot be read. Weights of a training are taken from under the key that has them; where a file
    /// holds several sets, such as a moving average, those that are under <c>model</c>, <c>state_dict</c> and the like are taken, and the
    /// file is refused where that leaves a choice. Nothing in a file of torch.save is executed.</remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> beside the file has a value that is not allowed.</exception>
    /// <exception cref="IOException">The folder or the <c>maskgen.json</c> cannot be read.</exception>
    /// <seealso cref="FromOnnx"/>
    public static Sam2Model FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (OnnxExportFiles.IsMeant(path))
        {
            return FromOnnx(path);
        }

        var files = Sam2ModelFiles.Find(path);
        var metadata = Sam2ModelMetadata.ReadBeside(Sam2ModelFiles.FolderOf(files.WeightsPath));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return new Sam2Model(metadata.Name ?? Sam2ModelMetadata.CleanName(name) ?? "model", metadata.RecommendedThresholds, files.Open);
    }

    /// <summary>A model that others have exported to ONNX: by samexporter (and its many copies), by the <c>convert_to_onnx</c> of ONNX
    /// Runtime, for transformers.js, or by <see cref="Sam2OnnxExporter"/>. Which it is, and its sizes, is told from the names and shapes of
    /// inputs and outputs.</summary>
    /// <param name="path">The encoder's file; or a folder with it, or with a folder <c>onnx</c> that has it, as repositories for
    /// transformers.js are laid out. Weights in files of their own (<c>.onnx_data</c>) are read too. A <c>maskgen.json</c> beside it is
    /// taken as for <see cref="FromFile"/>.</param>
    /// <param name="options">Precision, decoder and preprocessing; null where names and the usual preprocessing suffice.</param>
    /// <returns>The model; its files are read when a stage needs them, and are checked then.</returns>
    /// <remarks>
    /// <para>Points, boxes, masks and numbers of masks are those that the export has; what it cannot do is a
    /// <see cref="NotSupportedException"/> that says so. An export for transformers.js takes no masks and gives no single mask (but see
    /// <see cref="Sam2OnnxOptions.BestAsSingle"/>); one whose decoder gives one mask gives that where everything is segmented. Where an
    /// export gives no object score, <see cref="DecodedPrompt.ObjectScoreLogit"/> is 0. Logits that a decoder clamps, to -32 to 32, stay
    /// so.</para>
    /// <para>A file that is no SAM 2, is damaged, or does not fit the other is a <see cref="CheckpointFormatException"/> that names what
    /// was found. Once loaded, nothing on disk is needed.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option has a value that it may not
    /// have.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no encoder or decoder, or several that may be
    /// meant.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> beside the file has a value that is not allowed.</exception>
    /// <exception cref="IOException">The folder or the <c>maskgen.json</c> cannot be read.</exception>
    public static Sam2Model FromOnnx(string path, Sam2OnnxOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new Sam2OnnxOptions();
        options.Validate();
        var files = OnnxExportFiles.Find(path, options);
        var metadata = Sam2ModelMetadata.ReadBeside(
            Directory.Exists(path) ? Path.GetFullPath(path) : Sam2ModelFiles.FolderOf(files.EncoderPath));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return new Sam2Model(
            metadata.Name ?? Sam2ModelMetadata.CleanName(name) ?? "model", metadata.RecommendedThresholds, () => files.Open(options));
    }

    /// <summary>A model in ONNX from a Hugging Face hub, by its name, such as <c>onnx-community/sam2.1-hiera-tiny-ONNX</c>: a repository
    /// for transformers.js, with files such as <c>onnx/vision_encoder_fp16.onnx</c> and
    /// <c>onnx/prompt_encoder_mask_decoder_fp16.onnx</c>. Otherwise as
    /// <see cref="FromPretrained"/>, which takes the ONNX files of float32 where a repository has no
    /// checkpoint.</summary>
    /// <param name="name">Repository.</param>
    /// <param name="onnx">Which precision, and preprocessing; null for float32 and the usual one. A decoder cannot be named.</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint and token; null takes the environment's.</param>
    /// <returns>The model; it is looked for, and downloaded, when a stage needs it.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is not a valid name of a repository or
    /// revision, an option has a value that it may not have, or the hub's address, the token or the cache folder is not valid.</exception>
    /// <exception cref="CheckpointFormatException">A <c>maskgen.json</c> in the cache has a value that is not allowed.</exception>
    public static Sam2Model FromPretrainedOnnx(
        string name, Sam2OnnxOptions? onnx = null, string? revision = null, Sam2DownloadOptions? options = null)
    {
        onnx ??= new Sam2OnnxOptions();
        onnx.Validate();
        if (onnx.DecoderPath is not null)
        {
            throw new ArgumentException(
                $"Expected no {nameof(Sam2OnnxOptions.DecoderPath)} beside a repository, found '{HubText.Shown(onnx.DecoderPath)}'.",
                nameof(onnx));
        }

        return FromHub(new HubRepository(name, revision) { Precision = onnx.Precision ?? Sam2OnnxPrecision.Float32 }, options, onnx);
    }

    /// <summary>A model from a Hugging Face hub, by its name: from the cache that Python's <c>huggingface_hub</c> uses too, and
    /// downloaded into it where it is not there yet, or is damaged there.</summary>
    /// <param name="name">Repository with a SAM 2, such as <c>facebook/sam2-hiera-tiny</c> (see
    /// <see cref="Sam2OfficialModel.All"/>, where <c>facebook/</c> may be left out). Of one without a checkpoint the ONNX files of float32
    /// are taken.</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint and token; null takes the environment's.</param>
    /// <returns>The model; it is looked for, and downloaded, when a stage needs it. <see cref="PrepareAsync"/> does it before, with
    /// progress.</returns>
    /// <remarks>
    /// <para>What is in the cache is used as it is, without asking the hub whether a branch has moved. Only where another program
    /// has put the weights there without <c>config.json</c> or <c>maskgen.json</c>, the hub is asked once whether it has them; where it
    /// does not answer within seconds, the model is used without. Meta's models have no <c>maskgen.json</c>, and are not asked for
    /// it.</para>
    /// <para>A truncated file in the cache is detected and downloaded again. A stage that needs a model that cannot be downloaded throws
    /// <see cref="Sam2DownloadException"/>; the next use tries again.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is not a valid name of a repository or
    /// revision, or the hub's address, the token or the cache folder is not valid.</exception>
    /// <exception cref="CheckpointFormatException">A <c>maskgen.json</c> in the cache has a value that is not allowed.</exception>
    public static Sam2Model FromPretrained(string name, string? revision = null, Sam2DownloadOptions? options = null)
    {
        return FromHub(new HubRepository(name, revision), options, new Sam2OnnxOptions());
    }

    private static Sam2Model FromHub(HubRepository repository, Sam2DownloadOptions? options, Sam2OnnxOptions onnx)
    {
        var model = new HubModel(repository, HubSettings.Create(options, Environment.GetEnvironmentVariable), onnx);
        model.LookIntoCache();
        return new Sam2Model(repository.Name, model);
    }

    /// <summary>A model by whatever a person calls it, as on a command line.</summary>
    /// <param name="nameOrPath"><c>nano</c>, which always means <see cref="Nano"/> (a file or folder of that name is <c>./nano</c>); a
    /// path as for <see cref="FromFile"/>; or a repository as for <see cref="FromPretrained"/>, where <c>facebook/</c> may be left out of
    /// the official names. Of the last two, what exists on disk comes first.</param>
    /// <param name="revision">Branch, tag or commit of a repository; null for the main branch.</param>
    /// <param name="options">As for <see cref="FromPretrained"/>.</param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    /// <exception cref="FileNotFoundException">It can only be a path, and there is nothing there.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> of the model has a value that is not allowed.</exception>
    /// <exception cref="IOException">The folder or the <c>maskgen.json</c> cannot be read.</exception>
    public static Sam2Model FromNameOrPath(string nameOrPath, string? revision = null, Sam2DownloadOptions? options = null) =>
        Named(nameOrPath, revision, options, new Sam2OnnxOptions());

    /// <summary>The same, with what is to hold where the model turns out to be one in ONNX.</summary>
    /// <param name="nameOrPath">The model.</param>
    /// <param name="revision">Branch, tag or commit of a repository; null for the main branch.</param>
    /// <param name="options">As for a repository.</param>
    /// <param name="onnx">A precision or a decoder among them means that it must be one in ONNX; so do other pixels, which are refused for
    /// a checkpoint as soon as it is known to be one: of a hub when it is opened, by <see cref="ArgumentException"/> as well.</param>
    internal static Sam2Model Named(string nameOrPath, string? revision, Sam2DownloadOptions? options, Sam2OnnxOptions onnx)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        onnx.Validate();
        var mustBeOnnx = onnx.Precision is not null || onnx.DecoderPath is not null;
        if (string.Equals(nameOrPath, Nano.Name, StringComparison.OrdinalIgnoreCase))
        {
            if (mustBeOnnx)
            {
                throw new ArgumentException(
                    $"Expected a model in ONNX beside a precision or a decoder, found {Nano.Name}, the embedded model.",
                    nameof(nameOrPath));
            }

            onnx.ThrowIfOwnPixelsOf($"{Nano.Name}, the embedded model");
            return Nano;
        }

        if (Path.Exists(nameOrPath) || Sam2ModelFiles.LooksLikePath(nameOrPath))
        {
            if (mustBeOnnx || OnnxExportFiles.IsMeant(nameOrPath))
            {
                return FromOnnx(nameOrPath, onnx);
            }

            var model = FromFile(nameOrPath);
            onnx.ThrowIfOwnPixelsOf($"{nameOrPath}, a checkpoint");
            return model;
        }

        return nameOrPath.Contains('/', StringComparison.Ordinal) || Sam2OfficialModel.Find(nameOrPath) is not null
            ? mustBeOnnx ? FromPretrainedOnnx(nameOrPath, onnx, revision, options)
                : FromHub(new HubRepository(nameOrPath, revision), options, onnx)
            : throw new ArgumentException(
                $"Expected nano, a path, or a repository such as {string.Join(", ", Sam2OfficialModel.All.Select(m => m.Name))}; "
                + $"found '{HubText.Shown(nameOrPath)}'.",
                nameof(nameOrPath));
    }
}
