using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>Writes the options of a stage as its part <c>options.json</c>.</summary>
/// <remarks>
/// JSON by name, so that an option that a later version adds takes its default when an older file is read. Left out: the model, which is
/// saved apart with its weights; the session, since the machine that loads a stage says where it runs.
/// </remarks>
internal static class SavedOptions
{
    private const string OptionsPart = "options.json";

    private static readonly Type[] NotSaved = [typeof(Sam2Model), typeof(Sam2SessionOptions)];

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        IncludeFields = true, // the parts of a tuple
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatIsNotSaved } },
    };

    public static void Write<TOptions>(SavedStageWriter writer, TOptions options)
        where TOptions : class => writer.AddPart(OptionsPart, stream => JsonSerializer.Serialize(stream, options, Json));

    /// <param name="reader">The saved stage.</param>
    /// <param name="validate">Throws <see cref="ArgumentException"/> where a value is out of its range.</param>
    /// <exception cref="FormatException">The part is missing or damaged, is no such JSON, or holds a value that is out of its
    /// range.</exception>
    public static TOptions Read<TOptions>(SavedStageReader reader, Action<TOptions> validate)
        where TOptions : class
    {
        try
        {
            var options = reader.Part(OptionsPart, stream => JsonSerializer.Deserialize<TOptions>(stream, Json))
                ?? throw SavedStageReader.Damaged($"expected options in {OptionsPart}, found null.");
            validate(options);
            return options;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw SavedStageReader.Damaged($"{OptionsPart}: {e.Message}", e);
        }
    }

    private static void LeaveOutWhatIsNotSaved(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (NotSaved.Contains(type.Properties[i].PropertyType))
            {
                type.Properties.RemoveAt(i);
            }
        }
    }
}
