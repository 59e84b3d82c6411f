using System.Net;
using System.Text;

namespace MaskGen.ML.Runs.Tests;

/// <summary>As much of an S3 server as reading takes, over the files of a folder: what real ones do to an object only with rights,
/// classes of storage or keys that a test has not.</summary>
internal sealed class FolderServer : IDisposable
{
    // As of an object written in parts: of others the client checks it.
    private const string ETag = "\"00000000000000000000000000000000-1\"";
    private readonly LoopbackServer _server;
    private readonly string _folder;

    /// <summary>Starts it.</summary>
    public FolderServer(string folder)
    {
        _folder = folder;
        _server = new LoopbackServer(AnswerAsync);
    }

    /// <summary>What a program is told of it.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_S3"] = _server.Address, ["AWS_ACCESS_KEY_ID"] = "maskgen", ["AWS_SECRET_ACCESS_KEY"] = "maskgen",
    };

    /// <summary>Called before the bytes of an object are given.</summary>
    public Action<string>? BeforeRead { get; set; }

    /// <summary>Status and code with which an object is refused; null for none.</summary>
    public Func<string, (int Status, string Code)?>? Refusal { get; set; }

    public void Dispose() => _server.Dispose();

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var name = Path.GetFileName(request.Url!.AbsolutePath);
        byte[] bytes;
        if (request.QueryString["list-type"] is not null)
        {
            var items = Directory.GetFiles(_folder).Select(file =>
                $"<Contents><Key>{Path.GetFileName(file)}</Key><Size>{new FileInfo(file).Length}</Size></Contents>");
            bytes = Encoding.UTF8.GetBytes(
                $"<ListBucketResult><IsTruncated>false</IsTruncated>{string.Concat(items)}</ListBucketResult>");
        }
        else if (request.HttpMethod == "GET" && Refusal?.Invoke(name) is var (status, code))
        {
            response.StatusCode = status;
            bytes = Encoding.UTF8.GetBytes($"<Error><Code>{code}</Code><Message>Not to be read.</Message></Error>");
        }
        else
        {
            bytes = await File.ReadAllBytesAsync(Path.Combine(_folder, name));
            response.Headers["ETag"] = ETag;
        }

        response.ContentLength64 = bytes.Length;
        if (request.HttpMethod == "GET")
        {
            BeforeRead?.Invoke(name);
            await response.OutputStream.WriteAsync(bytes);
        }

        response.Close();
    }
}
