using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>Writes the options of a stage as the stream <c>options.json</c> beside it.</summary>
/// <remarks>
/// JSON by name, so that an option that a later version adds takes its default when an older file is read. Left out: the model, which is
/// saved apart with its weights; the session, since the machine that loads a stage says where it runs; and who is told of progress or may
/// cancel.
/// </remarks>
internal static class SavedOptions
{
    private const string StreamName = "options.json";

    private static readonly Type[] NotSaved = [typeof(Sam2Model), typeof(Sam2SessionOptions), typeof(IProgress<MaskGenerationProgress>), typeof(CancellationToken)];

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        IncludeFields = true, // the parts of a tuple
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatIsNotSaved } },
    };

    public static void Write<TOptions>(ModelSaveContext context, TOptions options)
        where TOptions : class => context.SaveBinaryStream(
            StreamName, writer => writer.Write(JsonSerializer.SerializeToUtf8Bytes(options, Json)));

    /// <exception cref="FormatException">The stream is missing, or is no such JSON.</exception>
    public static TOptions Read<TOptions>(ModelLoadContext context)
        where TOptions : class
    {
        TOptions? options = null;
        try
        {
            context.TryLoadBinaryStream(StreamName, reader => options = JsonSerializer.Deserialize<TOptions>(reader.BaseStream, Json));
        }
        catch (JsonException e)
        {
            throw new FormatException($"The saved model is damaged: {StreamName}: {e.Message}", e);
        }

        return options ?? throw new FormatException($"The saved model is damaged: expected {StreamName} in it, found none.");
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
