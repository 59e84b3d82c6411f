namespace MaskGen.ML.Web;

/// <summary>An error that a client is told about, as RFC 9457 has it.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="name">Its name in the table of problems of docs/serve.md.</param>
/// <param name="detail">What was expected and what was found.</param>
internal sealed class WebProblem(int status, string name, string detail) : Exception(detail)
{
    public const string BadRequest = "bad-request";

    public int Status => status;

    public string Name => name;

    /// <summary>Members beside the usual ones.</summary>
    public Dictionary<string, object?> Members { get; } = [];

    /// <summary>How long to wait before the same request is sent again; null where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static WebProblem Bad(string detail) => new(400, BadRequest, detail);

    public static WebProblem NotFound(string detail) => new(404, "not-found", detail);

    public static WebProblem Forbidden(string detail) => new(403, "forbidden", detail);

    public static WebProblem TooLarge(string detail) => new(413, "too-large", detail);

    public static WebProblem Unreadable(string detail) => new(422, "unreadable", detail);

    public static WebProblem Conflict(string detail, string etag) => new(409, "conflict", detail) { Members = { ["etag"] = etag } };

    public static WebProblem Busy(string detail, TimeSpan wait) => new(429, "busy", detail) { RetryAfter = wait };

    public static WebProblem Loading(string detail) => new(503, "loading", detail) { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>The problem that an exception of the libraries amounts to.</summary>
    public static WebProblem Of(Exception error) => error switch
    {
        WebProblem problem => problem,
        FileNotFoundException or DirectoryNotFoundException => NotFound("The image is not there any more."),
        InvalidDataException => Unreadable(PathFree(error.Message)),
        UnauthorizedAccessException => NotFound("The image may not be read."),
        ArgumentException => Bad(PathFree(error.Message.Split(" (Parameter")[0])),
        NotSupportedException => Bad(PathFree(error.Message)),
        IOException => new WebProblem(507, "not-written", PathFree(error.Message)),
        OutOfMemoryException => TooLarge("There is not enough memory for that."),
        _ => new WebProblem(500, "failed", "Something went wrong that should not; the log of the server says more."),
    };

    /// <summary>A message without the folders of a path that it begins with: clients know names of images alone.</summary>
    public static string PathFree(string message)
    {
        var end = message.IndexOf(": ", StringComparison.Ordinal);
        return end > 0 && Path.IsPathRooted(message[..end]) ? Path.GetFileName(message[..end]) + message[end..] : message;
    }
}
