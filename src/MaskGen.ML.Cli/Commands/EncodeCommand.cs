using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen encode</c>: computes what takes longest of an image ahead of time, for <c>maskgen serve</c> to begin at
/// once.</summary>
internal static class EncodeCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var (model, inputs, images) = (new ModelOptions(environment), new InputOptions(), new ImageOptions());
        var cache = new CacheOptions(environment, canBeNone: false);
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Nothing but errors" };
        var command = new Command("encode", "Encodes images ahead of time into the cache that 'maskgen serve' reads");
        inputs.AddArgumentTo(command);
        inputs.AddTo(command);
        model.AddTo(command);
        cache.AddTo(command);
        images.AddTo(command);
        command.Add(quiet);
        command.SetAction((parsed, cancellationToken) =>
        {
            terminal.IsQuiet = parsed.GetValue(quiet);
            var limits = images.Limits(parsed);
            var session = model.Session(parsed);
            var folder = cache.Folder(parsed, limits.Range)
                ?? throw new ArgumentException("--cache: expected a folder, as there is none for caches on this system; found none.");
            var failures = 0;
            var files = inputs.Files(parsed, folder.Folder, Fail, terminal.Say);
            if (files.Count == 0)
            {
                return Task.FromResult(ExitCodes.Failure);
            }

            OnnxRuntimeLibrary.BeginStart();
            var (chosen, line) = model.Model(parsed, terminal);
            terminal.Say(line);
            var run = new EncodeRun(terminal, folder, limits, chosen, session, cancellationToken);
            failures += run.Run(files);
            return Task.FromResult(failures == 0 ? ExitCodes.Done : ExitCodes.Failure);

            void Fail(string message)
            {
                terminal.Fail(message);
                failures++;
            }
        });
        return command;
    }
}
