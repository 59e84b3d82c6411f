namespace MaskGen.ML.Inference;

/// <summary>Decides once where everything that is loaded together computes: on the device that was asked for, or on the CPU where that
/// device cannot be used and the options allow it.</summary>
/// <remarks>A device may be there and yet fail when the last of several sessions is made on it. So whatever has to compute on one device is
/// loaded in one call.</remarks>
internal static class DeviceFallback
{
    /// <summary>Loads on the device, and where it cannot be used and the options allow it, all again on the CPU.</summary>
    /// <param name="options">What was asked for; null for the CPU.</param>
    /// <param name="load">Loads by the options that it is given; called inside it, this loads as they say and leaves the decision to the
    /// outer call. Keeps nothing where it throws.</param>
    /// <exception cref="InvalidOperationException">The device cannot be used, and the options do not allow the CPU.</exception>
    public static T Load<T>(Sam2SessionOptions? options, Func<Sam2SessionOptions, T> load)
    {
        options ??= new Sam2SessionOptions();
        options.Validate();
        if (options.IsDeviceSettled)
        {
            return load(options);
        }

        try
        {
            return load(options with { IsDeviceSettled = true });
        }
        catch (UnusableDeviceException e) when (options.FallbackToCpu)
        {
            options.Warn?.Invoke($"{e.Problem} Running on the CPU instead.");
            return load(options.OnCpu(e.Problem));
        }
        catch (UnusableDeviceException e)
        {
            throw new InvalidOperationException(e.Message, e.InnerException);
        }
    }
}
