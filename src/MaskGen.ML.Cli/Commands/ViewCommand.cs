using System.CommandLine;
using System.Diagnostics;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen view</c>: makes report pages from files with masks.</summary>
internal static class ViewCommand
{
    public static Command Create(Terminal terminal)
    {
        var inputs = new RecordOptions();
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images [default: that of each file, then where the file says, then the folder above it, then the "
                + "current one]",
            HelpName = "DIR",
        };
        var folder = new Option<string?>("--out", "-o")
        {
            Description = "Folder for the pages, created if it is not there [default: that of the first file]", HelpName = "DIR",
        };
        var open = new Option<bool>("--open") { Description = "Open the page in the browser, where there is a terminal" };
        var reading = new ImageOptions();
        var command = new Command("view", "Makes a report page from files with masks, and prints its path");
        inputs.AddArgumentTo(command);
        inputs.AddTo(command);
        command.Add(images);
        command.Add(folder);
        command.Add(open);
        reading.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var target = parsed.GetValue(folder);
            var conversion = new Conversion(terminal, new ResultReport(terminal))
            {
                ImageFolder = parsed.GetValue(images), IsRecursive = inputs.IsRecursive(parsed), IsBesideFiles = target is null,
            };
            var arguments = inputs.Arguments(parsed);
            ResultFormat[] pages = [ResultFormats.All.First(format => format is PageFormat)];
            var (written, exitCode) = conversion.Run(arguments, Files, reading.Limits(parsed), cancellationToken);

            // The list, where there are several.
            foreach (var page in written.Where(pages => pages.Count > 0).Select(pages => pages[^1]))
            {
                terminal.Write(page);
                if (parsed.GetValue(open))
                {
                    Open(terminal, page);
                }
            }

            return Task.FromResult(exitCode);

            ResultFiles Files(bool isOfPrompts) => new(
                target ?? FolderOf(arguments[0]),
                pages,
                new MaskOverlayOptions(),
                isOfPrompts ? ResultOrigin.ViewPrompt : ResultOrigin.View);
        });
        return command;
    }

    private static string FolderOf(string argument)
    {
        if (Directory.Exists(argument))
        {
            return argument;
        }

        var folder = PathPattern.HasWildcards(argument) && !File.Exists(argument)
            ? PathPattern.Parse(argument, isRecursive: false).Folder
            : Path.GetDirectoryName(argument);
        return folder is { Length: > 0 } ? folder : ".";
    }

    private static void Open(Terminal terminal, string page)
    {
        if (!terminal.IsInteractive)
        {
            terminal.Say("--open: there is no terminal, so no browser was opened.");
            return;
        }

        try
        {
            using var browser = Process.Start(new ProcessStartInfo(Path.GetFullPath(page)) { UseShellExecute = true });
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or PlatformNotSupportedException or FileNotFoundException)
        {
            terminal.Say($"--open: no browser could be opened: {e.Message}");
        }
    }
}
