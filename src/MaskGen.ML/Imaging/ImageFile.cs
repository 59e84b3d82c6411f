namespace MaskGen.ML.Imaging;

/// <summary>Opens image files by path.</summary>
internal static class ImageFile
{
    /// <summary>Opens a regular file. Anything else is refused without opening it: that of a pipe waits until somebody writes into
    /// it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, or a pipe or a device.</exception>
    /// <param name="path">The file.</param>
    /// <param name="isAsync">Whether it will be read asynchronously.</param>
    public static FileStream Open(string path, bool isAsync = false)
    {
        if (Directory.Exists(path))
        {
            throw new FileNotFoundException($"{path}: expected an image file, found a folder.", path);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: file not found.", path);
        }

        // Pipes and devices have no length.
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        if (!target.Exists)
        {
            throw new FileNotFoundException(
                $"{path}: expected an image file, found a link to {target.FullName}, where there is no file.", path);
        }

        if (target is not FileInfo { Length: > 0 })
        {
            throw new InvalidDataException(
                $"{path}: expected an image ({ImageFormats.Names}), found an empty file, or a pipe or device in place of one.");
        }

        const int BufferSize = 1 << 16;
        var hints = FileOptions.SequentialScan | (isAsync ? FileOptions.Asynchronous : FileOptions.None);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, hints);
    }
}
