using System.Diagnostics;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Tests.Models;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Nothing but files is opened, and what the system refuses is told as an <see cref="IOException"/>.</summary>
public class RegularFileTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("maskgen.json")]
    [InlineData("model.safetensors.index.json")]
    public async Task FromFile_APipe_IsRefusedAndDoesNotWait(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes have no place among files on Windows.");
        using var folder = CopyOfMicro();
        File.Delete(folder[name == "model.safetensors.index.json" ? "model.safetensors" : name]);
        using (var process = Process.Start("mkfifo", folder[name]))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var opening = Task.Run(() => TestCheckpoint.FingerprintOf(folder.Path), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            () => opening.WaitAsync(Deadline, TestContext.Current.CancellationToken));
        Assert.StartsWith(folder[name] + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains("a pipe", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/mem")]
    public void FromFile_ADevice_IsRefused(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices of Linux.");
        Assert.Throws<CheckpointFormatException>(() => TestCheckpoint.FingerprintOf(path));
        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder["model.safetensors"], path);
        Assert.Throws<CheckpointFormatException>(() => TestCheckpoint.FingerprintOf(folder.Path));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("maskgen.json")]
    public void FromFile_ALinkToNowhereOrAFolder_IsNotLeftOut(string name)
    {
        using var folder = CopyOfMicro();
        File.Delete(folder[name]);
        File.CreateSymbolicLink(folder[name], "nowhere.json");
        var missing = Assert.Throws<FileNotFoundException>(() => TestCheckpoint.FingerprintOf(folder.Path));
        Assert.Contains("a link to nowhere.json", missing.Message, StringComparison.Ordinal);

        File.Delete(folder[name]);
        Directory.CreateDirectory(folder[name]);
        Assert.Contains(
            "found a folder", Assert.Throws<IOException>(() => TestCheckpoint.FingerprintOf(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_Links_AreFollowed()
    {
        using var folder = CopyOfMicro();
        using var links = new TestFolder();
        foreach (var name in new[] { "config.json", "model.safetensors" })
        {
            File.CreateSymbolicLink(links["first-" + name], folder[name]);
            File.CreateSymbolicLink(links[name], "first-" + name);
        }

        Assert.Equal(TestCheckpoint.Expected, TestCheckpoint.FingerprintOf(links["model.safetensors"]));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("maskgen.json")]
    public void FromFile_WithoutPermission_NamesTheFile(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read everything.");
        using var folder = CopyOfMicro();
        folder.Write("maskgen.json", "{}"u8.ToArray());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder[name], UnixFileMode.None);
        }

        var error = Assert.Throws<IOException>(() => TestCheckpoint.FingerprintOf(folder.Path));
        Assert.StartsWith(folder[name] + ": cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attempt_WhatTheSystemRefuses_IsAnIOException()
    {
        // What the superuser cannot see happen.
        foreach (var refusal in new Exception[] { new UnauthorizedAccessException("no"), new System.Security.SecurityException("no"),
            new NotSupportedException("no") })
        {
            var error = Assert.Throws<IOException>(() => RegularFile.Attempt<int>("a/b", () => throw refusal));
            Assert.Equal("a/b: cannot be read: no", error.Message);
            Assert.Same(refusal, error.InnerException);
        }
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("nowhere")]
    [InlineData("nowhere/at/all.pt")]
    public void FromFile_NoPath_ThrowsFileNotFound(string path) => Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(path));

    [Fact]
    public void FromFile_FolderForAFile_SaysWhatIsMissing()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["x.safetensors"]);
        Assert.Contains(
            "found none", Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder["x.safetensors"])).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(folder["model.safetensors"]);
        Assert.Throws<FileNotFoundException>(() => Sam2Model.FromFile(folder.Path));
    }

    [Fact]
    public void Open_FileGoneSince_ThrowsFileNotFound()
    {
        using var folder = CopyOfMicro();
        var model = Sam2Model.FromFile(folder.Path);
        File.Delete(folder["model.safetensors"]);
        Assert.Throws<FileNotFoundException>(() => model.Open());
        Assert.Throws<FileNotFoundException>(() => model.Describe());
    }

    private static TestFolder CopyOfMicro()
    {
        var folder = new TestFolder();
        File.Copy(Fixture.Path("micro/config.json"), folder["config.json"]);
        File.Copy(Fixture.Path("micro/model.safetensors"), folder["model.safetensors"]);
        return folder;
    }
}
