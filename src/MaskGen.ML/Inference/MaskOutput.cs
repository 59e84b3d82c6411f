using System.Text.Json.Serialization;

namespace MaskGen.ML;

/// <summary>How many masks a prompt gives. Serialized by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MaskOutput>))]
public enum MaskOutput
{
    /// <summary>Three masks (whole, part, sub-part in the model's own order), for ambiguous prompts such as one point.</summary>
    Multimask,

    /// <summary>One mask; where the single-mask output is unstable, the best of the three by predicted IoU instead.</summary>
    Single,
}
