using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web.Tests.Adapters;

/// <summary>Images are fetched from one server over HTTP, with its key, and from nowhere else.</summary>
public sealed class LabelStudioImagesTests : IAsyncLifetime
{
    private const string Key = "the-key-of-label-studio";
    private static readonly byte[] File = [1, 2, 3];
    private readonly WebApplication _labelStudio;

    public LabelStudioImagesTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _labelStudio = builder.Build();
        _labelStudio.MapGet("/data/upload/1/photo.png", context =>
        {
            // As Label Studio has it: a word and the key.
            context.Response.StatusCode = context.Request.Headers.Authorization == $"Token {Key}" ? 200 : 401;
            return context.Response.StatusCode == 200 ? context.Response.Body.WriteAsync(File).AsTask() : Task.CompletedTask;
        });
        _labelStudio.MapGet("/data/moved.png", context =>
        {
            context.Response.Redirect("/data/upload/1/photo.png");
            return Task.CompletedTask;
        });
        _labelStudio.MapGet("/data/large.png", context => context.Response.Body.WriteAsync(new byte[2000]).AsTask());
    }

    public async ValueTask InitializeAsync() => await _labelStudio.StartAsync(TestServer.Cancellation);

    public async ValueTask DisposeAsync() => await _labelStudio.DisposeAsync();

    [Theory]
    [InlineData("/data/upload/1/photo.png")]
    [InlineData("HOST/data/upload/1/photo.png")]
    public async Task Get_WithTheKey_GivesTheFile(string address)
    {
        using var images = Images(Key);

        Assert.Equal(File, await images.GetAsync(images.AddressOf(WithHost(address))!, TestServer.Cancellation));
    }

    [Theory]
    [InlineData("/data/upload/1/photo.png", null, "Label Studio answered 401")]
    [InlineData("/data/upload/1/photo.png", "another", "Label Studio answered 401")]
    [InlineData("/data/nothing.png", Key, "Label Studio answered 404")]
    [InlineData("/data/moved.png", Key, "Label Studio answered 302")]
    [InlineData("/data/large.png", Key, "could not be fetched")]
    public async Task Get_WhatIsNotGiven_SaysWhatWasAnswered(string address, string? key, string expected)
    {
        using var images = Images(key);

        var problem = await Assert.ThrowsAsync<WebProblem>(() => images.GetAsync(images.AddressOf(address)!, TestServer.Cancellation));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:1/photo.png")]
    [InlineData("https://HOST/photo.png")]
    [InlineData("//elsewhere.example/photo.png")]
    [InlineData("http://user@HOSTNAME/photo.png")]
    [InlineData("file:///etc/passwd")]
    public void AddressOf_AnotherHost_IsRefused(string address)
    {
        using var images = Images(Key);

        var problem = Assert.Throws<WebProblem>(() => images.AddressOf(
            WithHost(address.Replace("https://HOST", "https://HOSTNAME", StringComparison.Ordinal))));

        Assert.Contains("found one of another host", problem.Message, StringComparison.Ordinal);
    }

    private string WithHost(string address) => address
        .Replace("HOSTNAME", Host().Authority, StringComparison.Ordinal)
        .Replace("HOST", Host().ToString().TrimEnd('/'), StringComparison.Ordinal);

    private LabelStudioImages Images(string? key) => new(new MaskGenWebOptions
    {
        LabelStudioHost = Host(), LabelStudioToken = key, MaximumBodyBytes = 1000,
    });

    private Uri Host() => new(_labelStudio.Services.GetRequiredService<IServer>().Features
        .GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
}
