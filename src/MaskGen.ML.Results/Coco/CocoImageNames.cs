using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>Reads the names of the images of a COCO data set, whose annotations may be far more than fit into memory.</summary>
internal static class CocoImageNames
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Reads the names.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not JSON.</exception>
    public static IEnumerable<string> Read(string path)
    {
        var names = new List<string>();
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var (buffer, length, state, place) = (new byte[BufferBytes], 0, default(JsonReaderState), default(Place));
            for (var isEnd = false; !isEnd;)
            {
                // A string must be whole in the buffer.
                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, checked(2 * buffer.Length));
                }

                var read = stream.Read(buffer, length, buffer.Length - length);
                (length, isEnd) = (length + read, read == 0);
                var json = new Utf8JsonReader(buffer.AsSpan(0, length), isEnd, state);
                while (json.Read())
                {
                    if (place.IsName(ref json))
                    {
                        names.Add(json.GetString()!);
                    }
                }

                state = json.CurrentState;
                length -= (int)json.BytesConsumed;
                Buffer.BlockCopy(buffer, (int)json.BytesConsumed, buffer, 0, length);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: expected JSON, found something else: {e.Message}", e);
        }

        return names;
    }

    // Follows the reader to the strings images[].file_name.
    private struct Place
    {
        private bool _isInImages;
        private bool _isBeforeName;

        public bool IsName(ref Utf8JsonReader json)
        {
            var isName = _isBeforeName && json.TokenType == JsonTokenType.String;
            _isBeforeName = false;
            if (json.TokenType == JsonTokenType.PropertyName)
            {
                _isInImages = json.CurrentDepth == 1 ? json.ValueTextEquals("images"u8) : _isInImages;
                _isBeforeName = _isInImages && json.CurrentDepth == 3 && json.ValueTextEquals("file_name"u8);
            }

            return isName;
        }
    }
}
