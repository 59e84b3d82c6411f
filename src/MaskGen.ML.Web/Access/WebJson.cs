using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MaskGen.ML.Web;

/// <summary>JSON as this API writes and reads it.</summary>
internal static class WebJson
{
    /// <summary>Camel case, run lengths unescaped; not for HTML.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 16,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximumBytes">Most bytes.</param>
    /// <exception cref="WebProblem">It is not JSON of that form, or longer.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, long maximumBytes)
    {
        var bytes = await ReadBytesAsync(request, maximumBytes).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<T>(bytes.Span, Options) ?? throw WebProblem.Bad("Expected a JSON object, found null.");
        }
        catch (JsonException e)
        {
            throw WebProblem.Bad($"Expected JSON of the form in the documentation, found something else at {e.Path ?? "the beginning"}.");
        }
    }

    /// <summary>Reads the bytes of a body of JSON.</summary>
    /// <exception cref="WebProblem">It does not say that it is JSON, or is longer.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, long maximumBytes)
    {
        // What a form of another site can send is never this.
        if (!request.HasJsonContentType())
        {
            throw new WebProblem(
                StatusCodes.Status415UnsupportedMediaType, "not-json", "Expected Content-Type: application/json, found another or none.");
        }

        return ReadAnyAsync(request, maximumBytes);
    }

    /// <summary>Reads the bytes of a body.</summary>
    /// <exception cref="WebProblem">It is longer.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAnyAsync(HttpRequest request, long maximumBytes)
    {
        if (request.ContentLength > maximumBytes)
        {
            throw WebProblem.TooLarge($"Expected at most {maximumBytes} bytes, found {request.ContentLength}.");
        }

        // Memory is taken as bytes come, not as they are promised.
        var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false) is var read and > 0)
        {
            if (content.Length + read > maximumBytes)
            {
                throw WebProblem.TooLarge($"Expected at most {maximumBytes} bytes, found more.");
            }

            content.Write(buffer, 0, read);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
