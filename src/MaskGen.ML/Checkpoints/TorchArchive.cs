namespace MaskGen.ML.Checkpoints;

/// <summary>The form of torch.save since torch 1.6: a zip archive of storages and a pickle that says how tensors look at them.</summary>
internal static class TorchArchive
{
    private const string PickleName = "data.pkl";
    private const string StorageFolder = "data/";

    /// <summary>Reads directory and pickle.</summary>
    /// <param name="bytes">The whole archive.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">The archive is damaged, is another kind of archive, or its pickle is
    /// refused.</exception>
    public static TorchContent Read(ByteSource bytes, string source)
    {
        var members = ZipDirectory.Read(bytes, source);
        var prefix = FindPrefix(members, source);
        CheckByteOrder(bytes, members, prefix, source);
        var pickle = members[prefix + PickleName];
        if (pickle.Problem is { } problem)
        {
            throw new CheckpointFormatException(source, $"member '{CheckpointText.Shorten(prefix + PickleName)}': {problem}.");
        }

        if (pickle.Length > Array.MaxLength)
        {
            throw new CheckpointFormatException(source, $"expected a pickle of at most {Array.MaxLength} bytes, found {pickle.Length}.");
        }

        var content = TorchPickle.Read(bytes.GetSpan(pickle.Offset, (int)pickle.Length), source, bytes.Length);
        var folder = prefix + StorageFolder;
        var storages = members
            .Where(member => member.Key.StartsWith(folder, StringComparison.Ordinal))
            .ToDictionary(member => member.Key[folder.Length..], member => member.Value);
        return new TorchContent(content.Root, storages);
    }

    private static string FindPrefix(Dictionary<string, ZipMember> members, string source)
    {
        // <name>/data.pkl as torch writes it, or without the folder where somebody has packed the files again.
        var pickles = members.Keys
            .Where(n => n == PickleName || (n.EndsWith("/" + PickleName, StringComparison.Ordinal) && n.Count(c => c == '/') == 1))
            .ToList();
        if (pickles is not [var pickle])
        {
            throw new CheckpointFormatException(source, pickles.Count > 1
                ? $"expected one member <name>/{PickleName}, as torch.save writes it, found {pickles.Count}."
                : $"expected a zip archive of torch.save, with a member <name>/{PickleName}, found {NameOf(members.Keys)}.");
        }

        var prefix = pickle[..^PickleName.Length];
        var isScript = members.ContainsKey(prefix + "constants.pkl")
            || members.Keys.Any(n => n.StartsWith(prefix + "code/", StringComparison.Ordinal));
        return isScript
            ? throw new CheckpointFormatException(
                source,
                "expected a state dict of torch.save, found a TorchScript archive (torch.jit.save). "
                + "Save its weights in Python: torch.save(torch.jit.load(path, map_location=\"cpu\").state_dict(), new_path).")
            : prefix;
    }

    // Archives that turn up under the names of weights.
    private static string NameOf(IReadOnlyCollection<string> members) => members switch
    {
        _ when members.Any(n => n.EndsWith(".npy", StringComparison.Ordinal)) => "a NumPy archive (.npz)",
        _ when members.Any(n => n.EndsWith(".weights.h5", StringComparison.Ordinal)) => "a Keras model (.keras)",
        _ when members.Any(n => n.EndsWith("TrainingInfo/Version.txt", StringComparison.Ordinal)) =>
            "a model that ML.NET saved; load it with mlContext.Model.Load",
        _ when members.Any(n => n.EndsWith(".data/version", StringComparison.Ordinal)) => "a torch.package archive",
        _ => $"a zip archive of {members.Count} other files"
            + (members.Count == 0 ? string.Empty : $" (the first is '{CheckpointText.Shorten(members.First())}')"),
    };

    private static void CheckByteOrder(ByteSource bytes, Dictionary<string, ZipMember> members, string prefix, string source)
    {
        if (members.TryGetValue(prefix + "byteorder", out var member) && member.Problem is null)
        {
            var order = bytes.GetSpan(member.Offset, (int)Math.Min(member.Length, 16));
            if (!order.SequenceEqual("little"u8))
            {
                throw new CheckpointFormatException(source, $"expected byte order little, found {CheckpointText.Shorten(order)}.");
            }
        }
    }
}
