using System.Globalization;
using BitMiracle.LibTiff.Classic;

namespace MaskGen.ML.Imaging;

/// <summary>Lends a file to LibTiff, and keeps what it says of it.</summary>
/// <param name="input">The file; not disposed.</param>
internal sealed class TiffInput(ImageInput input) : TiffStream
{
    private static readonly object Gate = new();
    private static Handler? _handler;

    /// <summary>The first error; null where there was none.</summary>
    public string? Error { get; private set; }

    /// <summary>Opens the file at a directory.</summary>
    /// <param name="input">The file.</param>
    /// <param name="directory">Where the directory begins.</param>
    /// <returns>The file, and what is said of it; the file is null where it cannot be opened.</returns>
    public static (Tiff? Tiff, TiffInput Stream) Open(ImageInput input, long directory)
    {
        var stream = new TiffInput(input);

        // LibTiff has one handler of errors for a whole process, which another part of it may have set.
        lock (Gate)
        {
            if (_handler is null)
            {
                _handler = new Handler();
                _handler.Next = Tiff.SetErrorHandler(_handler);
            }
        }

        // It reads from where the file is.
        input.Position = 0;
        var tiff = Tiff.ClientOpen("image", "rh", stream, stream);
        if (tiff is not null && !tiff.SetSubDirectory(directory))
        {
            tiff.Dispose();
            tiff = null;
        }

        return (tiff, stream);
    }

    public override int Read(object clientData, byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

    public override void Write(object clientData, byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(object clientData, long offset, SeekOrigin origin) => input.Seek(offset, origin);

    public override void Close(object clientData)
    {
    }

    public override long Size(object clientData) => input.FileLength;

    private sealed class Handler : TiffErrorHandler
    {
        public TiffErrorHandler? Next { get; set; }

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
            if (Of(tif?.Clientdata()) is { } ours)
            {
                ours.Error ??= string.Format(CultureInfo.InvariantCulture, format, args);
            }
            else
            {
                Next?.ErrorHandler(tif, method, format, args);
            }
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
            if (Of(clientData) is null)
            {
                Next?.ErrorHandlerExt(tif, clientData, method, format, args);
            }
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
            if (Of(tif?.Clientdata()) is null)
            {
                Next?.WarningHandler(tif, method, format, args);
            }
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
            if (Of(clientData) is null)
            {
                Next?.WarningHandlerExt(tif, clientData, method, format, args);
            }
        }

        private static TiffInput? Of(object? clientData) => clientData as TiffInput;
    }
}
