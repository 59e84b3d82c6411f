using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Finds the tensors in what a pickle describes, however deep in dictionaries, lists and objects, and names each by its path: the
/// keys that lead to it, joined by dots, so that a state dict below the key <c>model</c> and one whose names begin with <c>model.</c> look
/// the same.</summary>
/// <param name="source">Name of the file, for messages.</param>
/// <param name="fileLength">Bytes of the file; bounds what names may take.</param>
internal sealed class TorchTensorTree(string source, long fileLength)
{
    private const int LongestName = 1024;

    // A whole module holds three levels for each level of its names: the object, its attributes, and its parts among them.
    private const int Deepest = 128;

    // Where a module that was saved as an object keeps its parts; they are no part of the names that a state dict gives.
    private static readonly HashSet<string> ModuleParts = ["_modules", "_parameters", "_buffers"];

    private readonly Dictionary<string, object> _tensors = [];
    private readonly HashSet<object> _visited = new(ReferenceEqualityComparer.Instance);
    private CheckpointTextBudget _names = new(fileLength);

    /// <summary>Every tensor by its path: a <see cref="TorchTensor"/>, or a <see cref="TorchPlaceholder"/> for one that cannot be
    /// read.</summary>
    /// <exception cref="CheckpointFormatException">The names take more than a file of this size may.</exception>
    public static IReadOnlyDictionary<string, object> Find(object? root, string source, long fileLength)
    {
        var tree = new TorchTensorTree(source, fileLength);
        tree.Visit(root, null, 0);
        return tree._tensors;
    }

    private void Visit(object? value, Step? path, int depth)
    {
        switch (value)
        {
            case TorchTensor or TorchPlaceholder { IsTensor: true }:
                Add(path, value);
                break;

            // Once each: objects may refer to each other in circles.
            case TorchDictionary or TorchPlaceholder or List<object?> or object?[] when depth < Deepest && _visited.Add(value):
                VisitParts(value, path, depth + 1);
                break;
        }
    }

    private void VisitParts(object value, Step? path, int depth)
    {
        switch (value)
        {
            case TorchDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    Visit(item, ModuleParts.Contains(key) ? path : new Step(path, key), depth);
                }

                break;
            case TorchPlaceholder placeholder:
                Visit(placeholder.Items, path, depth);
                Visit(placeholder.State, path, depth);
                Visit(placeholder.Elements, path, depth);
                foreach (var part in placeholder.Parts)
                {
                    Visit(part, path, depth);
                }

                break;
            default:
                var index = 0;
                foreach (var item in (IEnumerable<object?>)value)
                {
                    // Numbers have no parts: a list of them makes no names.
                    if (item is not (null or long or string or double or bool))
                    {
                        Visit(item, new Step(path, FormattableString.Invariant($"{index}")), depth);
                    }

                    index++;
                }

                break;
        }
    }

    private void Add(Step? path, object tensor)
    {
        // No tensor of a model has a longer name; a tensor without any is not one of several.
        if (path is null || path.Length > LongestName)
        {
            return;
        }

        if (!_names.TrySpend(path.Length))
        {
            throw new CheckpointFormatException(
                source, $"pickle: expected at most {_names.Most} bytes of names in a file of this size, found more.");
        }

        var name = path.ToString();
        if (!_tensors.TryAdd(name, tensor))
        {
            _tensors[name] = new TorchPlaceholder("several tensors that are called so", [], isTensor: true);
        }
    }

    /// <summary>A key and the path to where it is.</summary>
    private sealed class Step(Step? before, string key)
    {
        public int Length { get; } = key.Length + (before is null ? 0 : (int)Math.Min(before.Length + 1L, int.MaxValue / 2));

        private Step? Before { get; } = before;

        private string Key { get; } = key;

        public override string ToString()
        {
            var keys = new Stack<string>();
            for (var step = this; step is not null; step = step.Before)
            {
                keys.Push(step.Key);
            }

            return new StringBuilder().AppendJoin('.', keys).ToString();
        }
    }
}
