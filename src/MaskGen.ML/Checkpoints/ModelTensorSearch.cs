using System.Numerics;

namespace MaskGen.ML.Checkpoints;

/// <summary>Finds the tensors of the image model among all tensors of a file: by their names, whatever stands before them.</summary>
/// <remarks>
/// A place is a prefix under which tensors that every SAM 2 has are found. The place with most of them is taken. Where several have the
/// same number, as the weights of a training and their moving average, the one is taken that is at the top of the file or under keys that
/// usually hold plain weights (see <c>PlainKeys</c>), if it is the only one.
/// </remarks>
internal static class ModelTensorSearch
{
    private const int MostPlaces = 64;

    // Where training code keeps the weights themselves, rather than an average, a teacher or an earlier state of them.
    private static readonly string[] PlainKeys =
    [
        "model", "state_dict", "model_state_dict", "model_state", "weights", "params", "net", "network",
        "sam", "sam2", "sam_model", "sam2_model",
    ];

    /// <summary>Finds the tensors.</summary>
    /// <param name="names">Names of all tensors of the file.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="content">What else is known of the file where it holds no tensors, as part of a message; or null.</param>
    /// <returns>By Hugging Face's names, names of the file: one, or several for a tensor that Meta stores in pieces, which follow each
    /// other in the first dimension.</returns>
    /// <exception cref="CheckpointFormatException">The model is not there, or more than once, or two tensors would get one
    /// name.</exception>
    public static IReadOnlyDictionary<string, string[]> Find(IReadOnlyCollection<string> names, string source, string? content = null)
    {
        var place = Choose(FindPlaces(names, source), source) ?? throw new CheckpointFormatException(
            source,
            "expected the tensors of a SAM 2 (such as 'image_encoder.trunk.pos_embed' or 'vision_encoder.backbone.pos_embed'), under any "
            + $"prefix or key; found {TensorNameSummary.Describe(names) ?? content ?? "no tensors"}.");
        var found = Collect(names, place, source);
        return place.IsMeta
            ? MetaTensorNames.Translate(found.Keys.ToHashSet(), source)
                .ToDictionary(t => t.Key, t => t.Value.Select(part => found[part]).ToArray())
            : found.ToDictionary(t => t.Key, t => (string[])[t.Value]);
    }

    /// <summary>How many of the landmarks each place has.</summary>
    private static Dictionary<Place, int> FindPlaces(IReadOnlyCollection<string> names, string source)
    {
        var places = new Dictionary<Place, int>();
        foreach (var name in names)
        {
            for (var i = 0; i < ModelTensorNames.Landmarks.Count; i++)
            {
                var (huggingFace, meta) = ModelTensorNames.Landmarks[i];
                Note(name, huggingFace, isMeta: false, 1 << i);
                Note(name, meta, isMeta: true, 1 << i);
            }
        }

        return places.ToDictionary(p => p.Key, p => BitOperations.PopCount((uint)p.Value));

        void Note(string name, string landmark, bool isMeta, int bit)
        {
            var start = ModelTensorNames.FindEnding(name, landmark);
            if (start >= 0)
            {
                var place = new Place(name[..start], isMeta);
                places[place] = places.GetValueOrDefault(place) | bit;
                if (places.Count > MostPlaces)
                {
                    throw new CheckpointFormatException(
                        source, $"expected the tensors of one SAM 2, found those of more than {MostPlaces}.");
                }
            }
        }
    }

    private static Place? Choose(Dictionary<Place, int> places, string source)
    {
        if (places.Count == 0)
        {
            return null;
        }

        var most = places.Values.Max();
        var best = places.Where(p => p.Value == most).Select(p => p.Key).ToList();
        var plain = best.Where(p => p.IsPlain).ToList();
        if (best.Count == 1 || plain.Count == 1)
        {
            return best.Count == 1 ? best[0] : plain[0];
        }

        throw new CheckpointFormatException(
            source,
            $"expected the tensors of one SAM 2, found those of {best.Count}, under {string.Join(" and ", best.Select(p => p.Shown))}. "
            + "Save the one that is meant by itself, such as torch.save(torch.load(path, map_location=\"cpu\")[\"model\"], new_path) in "
            + "Python.");
    }

    private static Dictionary<string, string> Collect(IReadOnlyCollection<string> names, Place place, string source)
    {
        var found = new Dictionary<string, string>();
        foreach (var name in names)
        {
            if (!name.StartsWith(place.Prefix, StringComparison.Ordinal)
                || !ModelTensorNames.IsOfImageModel(name.AsSpan(place.Prefix.Length), place.IsMeta))
            {
                continue;
            }

            var own = ModelTensorNames.WithoutWrappers(name[place.Prefix.Length..]);
            if (!found.TryAdd(own, name))
            {
                throw new CheckpointFormatException(
                    source, own, "one tensor of that name", $"'{CheckpointText.Shorten(found[own])}' and '{CheckpointText.Shorten(name)}'");
            }
        }

        return found;
    }

    /// <summary>A prefix, and whose names follow it.</summary>
    private readonly record struct Place(string Prefix, bool IsMeta)
    {
        public bool IsPlain => Prefix.Length == 0
            || Prefix[..^1].Split('.').All(part => PlainKeys.Contains(part) || ModelTensorNames.IsWrapper(part));

        public string Shown => Prefix.Length == 0 ? "no prefix" : $"'{CheckpointText.Shorten(Prefix)}'";
    }
}
