using System.CommandLine;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say what to compute on.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<int?> _gpu = NumberOptions.Whole(
        "--gpu", $"CUDA device to run on (needs a build with {CudaLibraries.Package}, {CudaLibraries.Needs})", "DEVICE", "0");

    private readonly Option<string?> _provider = new("--provider")
    {
        Description = "Another execution provider to run on, such as OpenVINO or CoreML (needs a build of ONNX Runtime that has it)",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _settings = new("--provider-option")
    {
        Description = "An option of that provider under ONNX Runtime's name for it; may be repeated", HelpName = "KEY=VALUE",
    };

    private readonly Option<bool> _fallback = new("--fallback-to-cpu")
    {
        Description = "Compute on the CPU where the device cannot be used, instead of ending with an error",
    };

    private readonly Option<int?> _threads = NumberOptions.Whole("--threads", "Threads to compute with [default: one per core]", "N", "4");

    public DeviceOptions() => _threads.Aliases.Add("-t");

    public void AddTo(Command command)
    {
        command.Add(_gpu);
        command.Add(_provider);
        command.Add(_settings);
        command.Add(_fallback);
        command.Add(_threads);
    }

    /// <exception cref="ArgumentException">A value cannot be meant.</exception>
    public Sam2SessionOptions Session(ParseResult parsed)
    {
        var settings = (parsed.GetValue(_settings) ?? []).Select(Setting).ToList();
        var provider = parsed.GetValue(_provider);
        if (provider is null && settings.Count > 0)
        {
            throw new ArgumentException($"{_settings.Name}: expected {_provider.Name} beside it, found none.");
        }

        if (settings.GroupBy(setting => setting.Key, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } repeated)
        {
            throw new ArgumentException(
                $"{_settings.Name}: expected one value of {repeated.Key}, found "
                + $"{string.Join(" and ", repeated.Select(setting => $"'{setting.Value}'"))}.");
        }

        if (provider is not null && parsed.GetValue(_gpu) is not null)
        {
            throw new ArgumentException($"expected {_gpu.Name} or {_provider.Name}, found both.");
        }

        var session = new Sam2SessionOptions
        {
            GpuDeviceId = parsed.GetValue(_gpu),
            ExecutionProvider = provider is null
                ? null
                : new Sam2ExecutionProvider { Name = provider, Options = settings.ToDictionary(pair => pair.Key, pair => pair.Value) },
            FallbackToCpu = parsed.GetValue(_fallback),
            ThreadCount = parsed.GetValue(_threads),
        };
        try
        {
            session.Validate();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw OptionErrors.Of(e.ParamName == nameof(Sam2SessionOptions.GpuDeviceId) ? _gpu : _threads, e);
        }
        catch (ArgumentException e)
        {
            throw OptionErrors.Of(e.ParamName == nameof(Sam2ExecutionProvider.Options) ? _settings : _provider, e);
        }

        return session;
    }

    private KeyValuePair<string, string> Setting(string text)
    {
        var place = text.IndexOf('=', StringComparison.Ordinal);
        return place > 0
            ? new(text[..place], text[(place + 1)..])
            : throw new ArgumentException($"{_settings.Name}: expected KEY=VALUE, found '{text}'.");
    }
}
