using System.Text;
using MaskGen.ML.Inference;

namespace MaskGen.ML;

/// <summary>One of ONNX Runtime's execution providers, by its name and its own options, for devices other than CPU and CUDA: DirectML,
/// OpenVINO, CoreML, ROCm, MIGraphX, TensorRT, XNNPACK, QNN and whatever else the program's build of ONNX Runtime has.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2ExecutionProvider
{
    /// <summary>Its name, as ONNX Runtime calls it, with or without <c>ExecutionProvider</c> at its end, in any case: <c>OpenVINO</c>,
    /// <c>CoreMLExecutionProvider</c>; <c>DirectML</c> and <c>DML</c> are one. <c>CPU</c> is the same as no provider.</summary>
    public required string Name { get; init; }

    /// <summary>Its options by their names, as ONNX Runtime's pages have them, such as <c>device_type</c> for OpenVINO or
    /// <c>device_id</c>; none for its defaults.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">There is no name, or an option without a name or a value, or one of the CPU.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new ArgumentException("Expected the name of an execution provider, found none.", nameof(Name));
        }

        if (Options is null || Options.Any(option => string.IsNullOrWhiteSpace(option.Key) || option.Value is null))
        {
            throw new ArgumentException("Expected options that have a name and a value each, found one without.", nameof(Options));
        }

        if (Options.Count > 0 && ExecutionProviders.IsCpu(this))
        {
            throw new ArgumentException(
                $"Expected no options of {ExecutionProviders.NameOf(this)}, found {string.Join(", ", Options.Keys)}.", nameof(Options));
        }
    }

    /// <summary>Whether both have one name and the same options.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(Sam2ExecutionProvider? other) => other is not null
        && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase)
        && Options.Count == other.Options.Count
        && Options.All(option => other.Options.TryGetValue(option.Key, out var value) && value == option.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(Name), Options.Count);

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(Name);
        foreach (var (key, value) in Options)
        {
            builder.Append(", ").Append(key).Append('=').Append(value);
        }

        return true;
    }
}
