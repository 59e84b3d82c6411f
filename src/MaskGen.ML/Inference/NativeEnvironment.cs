using System.Runtime.InteropServices;

namespace MaskGen.ML.Inference;

/// <summary>Environment variables as native libraries of this process see them.</summary>
/// <remarks>On Unix <see cref="Environment.SetEnvironmentVariable(string, string)"/> changes a copy that they do not look at.</remarks>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable unless it is set already, be it for native code or through <see cref="Environment"/>; in the second case
    /// native code is given that value.</summary>
    /// <returns>False where it was set already.</returns>
    public static bool SetUnlessSet(string name, string value)
    {
        if (OperatingSystem.IsWindows())
        {
            if (Environment.GetEnvironmentVariable(name) is not null)
            {
                return false;
            }

            // The system's variables for libraries loaded from now on, and the C runtime's copy for one that is loaded already.
            Environment.SetEnvironmentVariable(name, value);
            _ = PutEnvironment(name, value);
            return true;
        }

        if (Get(name) != 0)
        {
            return false;
        }

        var chosen = Environment.GetEnvironmentVariable(name);
        _ = Set(name, chosen ?? value, overwrite: 1);
        return chosen is null;
    }

    /// <summary>Removes a variable on Unix if it has this value, for native code and for <see cref="Environment"/>.</summary>
    /// <remarks>Only while no other thread may be reading the environment.</remarks>
    public static void Unset(string name, string value)
    {
        if (!OperatingSystem.IsWindows() && GetOnUnix(name) == value)
        {
            _ = Remove(name);
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>The value that native code sees on Unix; null for none.</summary>
    internal static string? GetOnUnix(string name) => Marshal.PtrToStringUTF8(Get(name));

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Get(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Remove(string name);

    [LibraryImport("ucrtbase", EntryPoint = "_wputenv_s", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int PutEnvironment(string name, string value);
}
