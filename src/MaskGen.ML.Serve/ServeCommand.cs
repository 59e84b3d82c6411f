using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Web;

namespace MaskGen.ML.Serve;

/// <summary>The options of <c>maskgen serve</c>.</summary>
internal static class ServeCommand
{
    public const int DefaultPort = 7860;

    /// <summary>Where the token may stand so that no list of processes shows it.</summary>
    public const string TokenVariable = "MASKGEN_TOKEN";

    private const int TokenBytes = 16;
    private const int ShortestToken = 8;

    public static RootCommand Create(Terminal terminal, UserEnvironment environment)
    {
        var inputs = new Argument<string[]>("IMAGE|FOLDER|GLOB")
        {
            Description = "Images, folders of images, or patterns; nothing for the current folder",
            Arity = ArgumentArity.ZeroOrMore,
        };
        inputs.Validators.Add(ImageArguments.Validate);
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Take folders with all their sub-folders" };
        var folder = new Option<string>("--out", "-o")
        {
            Description = "Folder of annotations, uploads and exports, made when something is written",
            HelpName = "DIR",
            DefaultValueFactory = _ => "masks",
        };
        var port = NumberOptions.Whole("--port", "Port to listen at; 0 for any that is free", DefaultPort);
        var host = new Option<string?>("--host")
        {
            Description = "Address to listen at, such as 0.0.0.0 for a whole network; wants --token [default: this machine alone]",
            HelpName = "ADDRESS",
        };
        var hostNames = new Option<string[]>("--host-name")
        {
            Description = "A name that this server is reached by, such as that of a proxy in front of it; may be repeated. Requests for "
                + "names that are not its own are refused",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = false,
        };
        var token = new Option<string?>("--token")
        {
            Description = $"The secret that lets a browser in [default: {TokenVariable}, then one made up for this run]",
            HelpName = "SECRET",
        };
        var noBrowser = new Option<bool>("--no-browser") { Description = "Open no browser; the address is printed all the same" };
        var adapters = new Option<string[]>("--adapter")
        {
            Description = $"Also answer another program: {string.Join(", ", WebAdapterNames.All)}; may be repeated",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = false,
        };
        var labelStudio = new Option<string?>("--label-studio-host")
        {
            Description = "The Label Studio that images are fetched from, such as http://localhost:8080; from no other address is "
                + "anything fetched",
            HelpName = "URL",
        };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Say what is done" };
        var (model, images, cache) = (new ModelOptions(environment), new ImageOptions(), new CacheOptions(environment, canBeNone: true));
        var command = new RootCommand("Opens a page in the browser to click on things in images and keep their masks.") { inputs };
        command.Add(recursive);
        command.Add(folder);
        model.AddTo(command);
        command.Add(port);
        command.Add(host);
        command.Add(hostNames);
        command.Add(token);
        command.Add(noBrowser);
        cache.AddTo(command);
        images.AddTo(command);
        command.Add(adapters);
        command.Add(labelStudio);
        command.Add(verbose);
        command.SetAction((parsed, cancellationToken) =>
        {
            var given = parsed.GetValue(token) ?? environment.Variable(TokenVariable);
            var address = Address(parsed.GetValue(host), given);
            if (given is { Length: < ShortestToken } || given?.Any(c => c is < '!' or > '~' or '#' or '&') == true)
            {
                throw new ArgumentException($"--token: expected at least {ShortestToken} printable characters of ASCII, without # and &.");
            }

            if (parsed.GetValue(port) is < 0 or > ushort.MaxValue)
            {
                throw new ArgumentException($"--port: expected 0 to {ushort.MaxValue}, found {parsed.GetValue(port)}.");
            }

            var out1 = parsed.GetValue(folder)!;
            if (out1.Length == 0 || File.Exists(out1))
            {
                throw new ArgumentException($"--out: expected a folder, found {(out1.Length == 0 ? "nothing" : $"the file '{out1}'")}.");
            }

            foreach (var name in parsed.GetValue(hostNames) ?? [])
            {
                if (Uri.CheckHostName(name) == UriHostNameType.Unknown)
                {
                    throw new ArgumentException($"--host-name: expected a name such as masks.example.org, without port, found '{name}'.");
                }
            }

            var (session, limits) = (model.Session(parsed), images.Limits(parsed));
            var embeddings = cache.Folder(parsed, limits.Range);
            var source = parsed.GetValue(labelStudio) is { } url ? LabelStudio(url) : null;
            var names = parsed.GetValue(inputs) is { Length: > 0 } some ? some : ["."];
            var isDefault = parsed.GetValue(inputs) is not { Length: > 0 };
            var files = InputFiles.Expand(
                names, new InputSearch(parsed.GetValue(recursive), out1), message => Missing(terminal, message, isDefault), terminal.Say);
            var (chosen, line) = model.Model(parsed, terminal);
            terminal.Say(line);
            var server = new WebServer(terminal, environment)
            {
                Address = address,
                Port = parsed.GetValue(port),
                IsPortChosen = parsed.GetResult(port) is { Implicit: false },
                OpensBrowser = !parsed.GetValue(noBrowser),
                IsVerbose = parsed.GetValue(verbose),
            };
            return server.RunAsync(
                options =>
                {
                    options.Model = chosen;
                    options.Session = session;
                    options.Title = TitleOf(names);
                    options.OutputFolder = out1;
                    options.Token = given ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
                    options.MaximumPixels = limits.MaximumPixels;
                    options.Range = limits.Range;
                    options.CacheFolder = embeddings?.Folder;
                    options.CacheBytes = embeddings?.Limit ?? 0;
                    options.LabelStudioHost = source;
                    options.LabelStudioToken = environment.Variable("LABEL_STUDIO_API_KEY");
                    options.DownloadProgress = new DownloadProgress(terminal);
                    foreach (var file in files)
                    {
                        options.Images.Add(Image(file));
                    }

                    foreach (var name in parsed.GetValue(hostNames) ?? [])
                    {
                        options.AllowedHosts.Add(name);
                    }

                    foreach (var adapter in parsed.GetValue(adapters) ?? [])
                    {
                        options.Adapters.Add(adapter);
                    }
                },
                cancellationToken);
        });
        return command;
    }

    // A link that was named by itself is meant; what it leads to is served.
    private static MaskGenWebImage Image(InputFile file) =>
        !file.Name.Contains('/', StringComparison.Ordinal) && new FileInfo(file.Path).LinkTarget is not null
        && File.ResolveLinkTarget(file.Path, returnFinalTarget: true) is { } target && target.Name == file.Name
            ? new MaskGenWebImage(target.FullName, file.Name)
            : new MaskGenWebImage(file.Path, file.Name);

    // The current folder may have none: then the page waits for images that are dropped on it.
    private static void Missing(Terminal terminal, string message, bool isDefault)
    {
        if (!isDefault)
        {
            throw new ArgumentException(message);
        }

        terminal.Say($"{message} Drop images on the page.");
    }

    private static IPAddress? Address(string? host, string? token)
    {
        if (host is null || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!IPAddress.TryParse(host, out var address))
        {
            throw new ArgumentException($"--host: expected an address of this machine such as 0.0.0.0 or 192.168.1.5, found '{host}'.");
        }

        return token is null && !IPAddress.IsLoopback(address)
            ? throw new ArgumentException(
                $"--host {host}: expected --token or {TokenVariable} beside it, as others can reach the server then; found neither.")
            : address;
    }

    private static Uri LabelStudio(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var host) && host.Scheme is "http" or "https" && host.UserInfo.Length == 0
            ? host
            : throw new ArgumentException($"--label-studio-host: expected an address such as http://localhost:8080, found '{url}'.");

    private static string TitleOf(string[] names)
    {
        var first = Path.TrimEndingDirectorySeparator(Path.GetFullPath(names[0]));
        var folder = Directory.Exists(first) ? first : Path.GetDirectoryName(first);
        return Path.GetFileName(folder) is { Length: > 0 } name ? name : "images";
    }
}
