using System.CommandLine;
using System.Net;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Fleet;

/// <summary><c>maskgen run serve</c>: a page of runs, and the dashboard of the queue.</summary>
internal static class BoardCommand
{
    private const string DefaultAddress = "http://127.0.0.1:5055";
    private const string TokenVariable = "MASKGEN_TOKEN";
    private const int ShortestToken = 8;
    private const int Connections = 5;

    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var urls = new Option<string>("--urls")
        {
            Description = $"Address to listen at; one that others can reach wants {TokenVariable}, the password that lets them in",
            HelpName = "URL",
            DefaultValueFactory = _ => DefaultAddress,
        };
        var writable = new Option<bool>("--writable")
        {
            Description = "Let the dashboard delete jobs and try them again [default: it only shows]",
        };
        var command = new Command(
            "serve", "Shows how far the submitted runs are, by what is in their stores, and the queue's dashboard. " + QueueConnection.Help)
        {
            urls, writable,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var token = environment.Variable(TokenVariable);
            var address = Address(parsed.GetValue(urls)!, token);
            using var queue = await QueueConnection.OpenAsync(terminal, environment, false, Connections, cancellationToken);
            var server = new BoardServer(terminal, queue)
            {
                Address = address, Token = token, IsWritable = parsed.GetValue(writable),
            };
            return await server.RunAsync(cancellationToken);
        });
        return command;
    }

    private static IPEndPoint Address(string text, string? token)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.PathAndQuery != "/"
            || Host(url.Host) is not { } host)
        {
            throw new ArgumentException(
                $"--urls: expected one address of this machine such as {DefaultAddress} or http://0.0.0.0:5055, found '{text}'.");
        }

        if (token is { Length: < ShortestToken })
        {
            throw new ArgumentException($"{TokenVariable}: expected {ShortestToken} characters or more, found {token.Length}.");
        }

        return token is null && !IPAddress.IsLoopback(host)
            ? throw new ArgumentException(
                $"--urls {text}: expected {TokenVariable} beside it, as others can reach the server then; found nothing. "
                + "From another machine it is also: ssh -L 5055:127.0.0.1:5055 HOST")
            : new IPEndPoint(host, url.Port);
    }

    private static IPAddress? Host(string name) =>
        name == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(name.Trim('[', ']'), out var address) ? address : null;
}
